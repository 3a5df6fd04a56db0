import Configuration

/// Encodes texts with a vocabulary that is settled.
struct TextEncoder {
    var corpus = EncodedCorpus()
    /// What of the texts is unknown; nil: not looked at.
    var unknown: UnknownTokens?
    private let vocabulary: Vocabulary
    private let maxLength: Int
    private let emptyText: DataConfiguration.EmptyText
    private var tokenizer: Tokenizer
    private var tokens = TokenBuffer()

    init(_ configuration: DataConfiguration, vocabulary: Vocabulary, emptyText: DataConfiguration.EmptyText) {
        self.vocabulary = vocabulary
        self.emptyText = emptyText
        maxLength = configuration.maxLength ?? .max
        tokenizer = Tokenizer(configuration)
    }

    /// - Returns: Whether the text became an example.
    mutating func append(_ text: borrowing Span<UInt8>) throws -> Bool {
        tokenizer.tokenize(text, into: &tokens)
        let numbers = tokens.numbers(in: vocabulary, first: maxLength)
        unknown?.add(numbers, spelled: tokens.texts)
        guard corpus.beginText(tokens: tokens.count, maxLength: maxLength, emptyText: emptyText) else { return false }
        corpus.tokens += numbers
        corpus.endText()
        return true
    }
}
