/// What a user is told about a model's quality.
public struct TaskMetrics: Equatable, Sendable {
    /// Names are plain words with their unit (`loss_nats`, `accuracy`), in the order to show them.
    public var values: [Metric]
    public var confusion: ConfusionMatrix?
    public var spans: SpanTypes?

    /// How well spans were found, together and of each type.
    public struct SpanTypes: Equatable, Sendable {
        public let all: SpanScore
        /// In byte order.
        public let names: [String]
        public let scores: [SpanScore]
    }

    public struct Metric: Equatable, Sendable {
        public let name: String
        public let value: Double

        public init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    public init(values: [Metric], confusion: ConfusionMatrix? = nil) {
        self.values = values
        self.confusion = confusion
    }

    public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }
}
