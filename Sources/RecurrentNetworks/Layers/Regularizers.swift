import Configuration

/// What keeps a stack of recurrent layers from learning its data by heart, beside dropout between layers and what the
/// layers' own settings say.
public struct Regularizers: Sendable {
    /// Dropout has one mask a sequence, the same in all its time steps.
    var isVariational = false
    /// Probability of dropping a unit of the first layer's input.
    var inputDropout = 0.0
    /// Probability of dropping a row of the embedding.
    var embeddingDropout = 0.0
    /// Probability of dropping an element of a recurrent weight.
    var weightDrop = 0.0

    public static let none = Regularizers()

    private init() {}

    public init(_ model: ModelConfiguration) {
        isVariational = model.dropoutKind == .variational
        inputDropout = model.inputDropout
        embeddingDropout = model.embeddingDropout
        weightDrop = model.weightDrop
    }
}
