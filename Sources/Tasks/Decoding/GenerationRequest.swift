/// How a text is to be written.
public struct GenerationRequest: Sendable {
    /// The text to go on from.
    public var prompt = ""
    /// What it is to be written about: a label of the training data; nil: nothing.
    public var label: String?
    /// Tokens to write at most.
    public var length = 500
    /// Above 1 wilder, below 1 tamer than the model's own distribution; 0: always the most probable token.
    public var temperature = 1.0
    /// Only so many of the most probable tokens; nil: all.
    public var topK: Int?
    /// Only the most probable tokens that together have this probability (Holtzman et al. 2020); nil: all.
    public var topP: Double?
    public var seed: UInt64 = 0
    /// Which of several texts of one seed.
    public var number = 0
    /// Hypotheses that a beam search keeps; nil: tokens are drawn.
    public var beam: Int?

    public init() {}
}

/// A task that writes texts, token by token.
public protocol TextGenerating: SequenceTask {
    /// Writes a text: the same request gives the same text.
    ///
    /// - Parameter write: Receives UTF-8 (a model of bytes: any bytes), piece by piece, without the prompt.
    /// - Throws: `Diagnostic` (usage) where the request does not fit the model, or its prompt has tokens that the model
    ///   does not know.
    func generate(_ request: GenerationRequest, write: ([UInt8]) -> Void) throws
}
