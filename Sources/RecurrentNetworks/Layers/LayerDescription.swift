/// A layer as it is shown to people; its parameters are those whose names begin with its own.
public struct LayerDescription: Sendable {
    public enum Extent: Sendable {
        case batch, time
        case size(Int)
    }

    public let name: String
    /// `Bidirectional LSTM`
    public let kind: String
    public let outputShape: [Extent]
    public let isTrained: Bool

    public init(name: String, kind: String, outputShape: [Extent], isTrained: Bool = true) {
        self.name = name
        self.kind = kind
        self.outputShape = outputShape
        self.isTrained = isTrained
    }
}
