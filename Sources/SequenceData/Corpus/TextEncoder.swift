import Configuration

/// Encodes texts with a vocabulary that is settled.
struct TextEncoder {
    var corpus = EncodedCorpus()
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
        guard corpus.beginText(tokens: tokens.count, maxLength: maxLength, emptyText: emptyText) else { return false }
        for index in 0..<min(tokens.count, maxLength) {
            let number = vocabulary.number(of: tokens.bytes.span.extracting(tokens.range(of: index)))
            corpus.tokens.append(number)
        }
        corpus.endText()
        return true
    }
}
