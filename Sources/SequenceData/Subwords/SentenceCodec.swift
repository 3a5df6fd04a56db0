import Configuration
import Diagnostics

/// Turns sentences into token numbers and back.
///
/// Number 0, the empty string, which no sentence holds, stands for the begin and the end of a sentence.
public struct SentenceCodec: Sendable {
    /// What a token is.
    public enum Tokens: Equatable, Sendable {
        case words
        case characters
        /// Parts of words, out of so many learned merges at most.
        case subwords(merges: Int)

        /// What they are called.
        public var kind: String { areCharacters ? "characters" : areParts ? "parts of words" : "words" }

        var areCharacters: Bool { self == .characters }
        var areParts: Bool { if case .subwords = self { true } else { false } }
    }

    /// Begin and end of a sentence.
    public static let boundary = Vocabulary.padding

    public let vocabulary: Vocabulary
    public let tokens: Tokens
    /// Nil but for parts of words.
    package let merges: BytePairMerges?
    private var tokenizer: SentenceTokenizer
    private var buffer = TokenBuffer()

    private init(
        _ vocabulary: Vocabulary, _ tokens: Tokens, _ merges: BytePairMerges?,
        _ standardize: DataConfiguration.Standardization
    ) {
        self.vocabulary = vocabulary
        self.tokens = tokens
        self.merges = merges
        tokenizer = SentenceTokenizer(areCharacters: tokens.areCharacters, standardize, merges: merges)
    }

    /// Learns merges and vocabulary from texts.
    ///
    /// - Parameters:
    ///   - standardize: Settings left open are off.
    ///   - subject: Data file for messages.
    package static func fit(
        _ texts: [TextLines], _ tokens: Tokens, _ standardize: DataConfiguration.Standardization,
        limits: DataConfiguration.VocabularyConfiguration, subject: String
    ) throws -> SentenceCodec {
        var merges: BytePairMerges?
        if case .subwords(let count) = tokens {
            var words = TokenCounts(ByteStringTable())
            words.add(
                texts, SentenceTokenizer(areCharacters: false, standardize, merges: nil),
                where: SentenceTokenizer.countsWord)
            merges = BytePairLearning.learn(words.table, counts: words.counts, merges: count)
        }
        var counted = TokenCounts(Vocabulary.tableForCounting())
        counted.add(texts, SentenceTokenizer(areCharacters: tokens.areCharacters, standardize, merges: merges)) { _ in
            true
        }
        let chosen = try Vocabulary.choose(
            from: counted.table, counts: counted.counts, limits: limits, subject: subject)
        return SentenceCodec(chosen.vocabulary, tokens, merges, standardize)
    }

    /// Rebuilds a codec from what a checkpoint stores.
    ///
    /// - Throws: `Diagnostic` when the texts are no vocabulary or no merges.
    public init(
        vocabulary: [String], merges: [String], _ tokens: Tokens, _ standardize: DataConfiguration.Standardization,
        subject: String
    ) throws {
        self.init(
            try Vocabulary(strings: vocabulary), tokens,
            tokens.areParts ? try BytePairMerges(texts: merges, subject: subject) : nil, standardize)
    }

    /// The merges as a checkpoint keeps them.
    public var mergeTexts: [String] { merges?.texts ?? [] }

    /// The token numbers of a text, without a boundary; a text without a token is the unknown token.
    package mutating func encode(_ text: borrowing Span<UInt8>) -> [Int32] {
        tokenizer.tokenize(text, into: &buffer)
        if buffer.count == 0 { return [Vocabulary.unknown] }
        return buffer.numbers(in: vocabulary)
    }

    public mutating func encode(_ text: String) -> [Int32] { encode(Array(text.utf8).span) }

    /// The token numbers of a text given by hand; none for a text without tokens.
    ///
    /// - Parameter unknown: Counts the text.
    public mutating func encode(_ text: String, counting unknown: inout UnknownTokens) -> [Int32] {
        var numbers = encode(text)
        if buffer.count == 0 { numbers = [] }
        unknown.add(numbers, spelled: buffer.texts)
        return numbers
    }

    /// The same for a text whose tokens the model must know.
    ///
    /// - Parameter subject: What the text is, for messages.
    /// - Throws: `Diagnostic` (usage) naming tokens that are not in the vocabulary.
    public mutating func encode(_ text: String, knownTo subject: String) throws -> [Int32] {
        var unknown = UnknownTokens(tokens.kind)
        let numbers = encode(text, counting: &unknown)
        try unknown.requireNone(subject)
        return numbers
    }

    /// The text that token numbers stand for, up to the first boundary.
    public func text(of numbers: [Int32]) -> String {
        let sentence = numbers.prefix { $0 != Self.boundary }
        return SentenceTokenizer.text(
            of: sentence.map { Array(vocabulary.string(of: Int($0)).utf8) }, areCharacters: tokens.areCharacters,
            areParts: tokens.areParts)
    }
}

extension SentenceCodec: Equatable {
    /// The same tokens with the same numbers.
    public static func == (left: Self, right: Self) -> Bool {
        left.tokens == right.tokens && left.vocabulary == right.vocabulary && left.merges == right.merges
    }
}

/// Tokens and how often each was seen.
private struct TokenCounts {
    var table: ByteStringTable
    var counts: [Int]

    init(_ table: ByteStringTable) {
        self.table = table
        counts = [Int](repeating: 0, count: table.count)
    }

    mutating func add(
        _ texts: [TextLines], _ tokenizer: SentenceTokenizer, where isCounted: (borrowing Span<UInt8>) -> Bool
    ) {
        var tokenizer = tokenizer
        var buffer = TokenBuffer()
        for lines in texts {
            lines.forEach { _, line in
                tokenizer.tokenize(line, into: &buffer)
                for index in 0..<buffer.count {
                    let token = buffer.bytes.span.extracting(buffer.range(of: index))
                    if !isCounted(token) { continue }
                    let number = table.intern(token)
                    if number == counts.count { counts.append(0) }
                    counts[number] += 1
                }
            }
        }
    }
}
