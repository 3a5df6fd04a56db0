/// What a user wants predicted, and how.
public struct PredictionRequest: Sendable {
    /// Texts, or lines of numbers; empty where there is a file.
    public var texts: [String] = []
    /// A file in the format the task reads; `-`: standard input.
    public var file: String?
    /// Whether lines of numbers begin with a label, which is not read; nil: they do not, and must not look like it.
    public var isLabelled: Bool?
    /// Alternatives for each text.
    public var topK = 1
    /// Hypotheses a beam search keeps; 1: greedy.
    public var beam = 1
    /// Exponent of the length that beam search divides scores by.
    public var lengthPenalty = 1.0
    /// Longest sequence to emit.
    public var maximumLength = 200
    /// Whether a picture will be made of the predictions.
    public var isDrawn = false

    public init() {}

    /// Where the texts come from, for messages.
    public var source: String { file ?? "argument" }
}

/// A prediction, ready for people, tables and programs.
public struct Prediction: Sendable {
    /// What it is for: the text, or the sequence's number.
    public let subject: String
    /// For people: what comes behind the subject.
    public let text: String
    /// For tables; all predictions of a request have the same columns.
    public let columns: [(name: String, value: String)]
    /// For programs.
    public let fields: [(name: String, value: PredictionValue)]
    /// For a picture; nil where there is none to draw.
    public let curve: Curve?

    /// A series and its forecast.
    public struct Curve: Sendable {
        public let name: String
        /// Up to the time of the forecast.
        public let history: [Double]
        public let forecast: [Double]
        /// From the time of the forecast on; empty where nobody knows yet.
        public let truth: [Double]
    }

    public init(
        subject: String, text: String, columns: [(name: String, value: String)],
        fields: [(name: String, value: PredictionValue)], curve: Curve? = nil
    ) {
        self.subject = subject
        self.text = text
        self.columns = columns
        self.fields = fields
        self.curve = curve
    }
}

/// A value of a prediction's field.
public indirect enum PredictionValue: Sendable {
    case text(String)
    case number(Double)
    case integer(Int)
    case float(Float)
    case list([PredictionValue])
    case object([(name: String, value: PredictionValue)])
}
