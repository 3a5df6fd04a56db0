import Configuration

/// What keeps a stack of recurrent layers from learning its data by heart, beside dropout between layers and what the
/// layers' own settings say.
public struct Regularizers: Sendable {
    /// Dropout has one mask a sequence, the same in all its time steps.
    var isVariational = false
    /// Probability of dropping a unit of the first layer's input, and the number of that dropout among those of the
    /// network; nil: one of its own.
    var inputDropout = 0.0
    var inputDropoutNumber: Int?
    /// Probability of dropping a row of the embedding.
    var embeddingDropout = 0.0
    /// Probability of dropping an element of a recurrent weight.
    var weightDrop = 0.0

    public static let none = Regularizers()

    private init() {}

    public init(_ model: ModelConfiguration) {
        isVariational = model.dropoutKind == .variational
        inputDropout = model.inputDropout ?? 0
        embeddingDropout = model.embeddingDropout
        weightDrop = model.weightDrop
    }

    /// For a stack that does not read the network's own input.
    public var behindInput: Regularizers {
        var copy = self
        (copy.inputDropout, copy.embeddingDropout) = (0, 0)
        return copy
    }

    /// With a number of the network's own for the dropout of the input.
    func numberingInput(_ number: Int) -> Regularizers {
        var copy = self
        copy.inputDropoutNumber = number
        return copy
    }
}
