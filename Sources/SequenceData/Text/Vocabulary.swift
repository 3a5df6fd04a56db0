import Configuration
import Diagnostics

/// The tokens a model knows, numbered as Keras numbers them: 0 is padding, 1 the unknown token, then by falling
/// frequency, and by bytes where that is equal.
public struct Vocabulary: Equatable, Sendable {
    /// Number of the padding entry, the empty string.
    public static let padding: Int32 = 0
    /// Number of the entry for tokens that are not in the vocabulary, `[UNK]`.
    public static let unknown: Int32 = 1

    private static let fixed = ["", "[UNK]"]
    let table: ByteStringTable

    /// Entries, padding and unknown included.
    public var count: Int { table.count }

    /// All entries in order, for a checkpoint; each is UTF-8 to the byte.
    public var strings: [String] { (0..<count).map(table.text) }

    /// Rebuilds a vocabulary from stored entries.
    ///
    /// - Throws: `Diagnostic` when the first entries are not padding and unknown, or an entry appears twice.
    public init(strings: [String]) throws {
        var table = ByteStringTable()
        for (index, string) in strings.enumerated() {
            if index < Self.fixed.count, !string.utf8.elementsEqual(Self.fixed[index].utf8) {
                throw Diagnostic(
                    "vocabulary", "entry \(index) is '\(string)'",
                    expected: index == 0 ? "'' (padding)" : "'\(Self.fixed[index])' (unknown)")
            }
            let number = table.intern(Array(string.utf8).span)
            guard number == index else {
                throw Diagnostic(
                    "vocabulary", "entries \(number) and \(index) are both '\(string)'", expected: "each entry once")
            }
        }
        guard table.count >= Self.fixed.count else {
            throw Diagnostic(
                "vocabulary", "\(table.count) entries were stored", expected: "at least padding and unknown")
        }
        self.table = table
    }

    /// A table to count tokens in: padding and unknown have their numbers already.
    static func tableForCounting() -> ByteStringTable {
        var table = ByteStringTable()
        for string in fixed { _ = table.intern(Array(string.utf8).span) }
        return table
    }

    /// Chooses the entries among counted tokens.
    ///
    /// - Parameters:
    ///   - counted: Begins as `tableForCounting`.
    ///   - counts: How often each token of `counted` was seen.
    ///   - subject: Data file for messages.
    /// - Returns: The vocabulary, and for each number in `counted` the one in the vocabulary.
    /// - Throws: `Diagnostic` when no token is left.
    static func choose(
        from counted: ByteStringTable, counts: [Int], limits: DataConfiguration.VocabularyConfiguration, subject: String
    ) throws -> (vocabulary: Vocabulary, newNumbers: [Int32]) {
        if let file = limits.file {
            let vocabulary = try Vocabulary(file: file)
            let numbers = (0..<counted.count).map { counted.withBytes(of: $0) { vocabulary.number(of: $0) } }
            return (vocabulary, numbers)
        }
        var kept = (fixed.count..<counted.count).filter { counts[$0] >= max(limits.minCount, 1) }
        guard !kept.isEmpty else {
            throw Diagnostic(
                subject, "vocabulary of size 0: none of \(counted.count - fixed.count) different tokens is left",
                expected: "at least one (data.vocabulary.min_count is \(limits.minCount))",
                hint: "check data.columns, data.standardize and data.vocabulary")
        }
        kept.sort { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : counted.precedes($0, $1) }
        if let size = limits.size {
            guard size > fixed.count else {
                throw Diagnostic(
                    "data.vocabulary.size", "vocabulary of size 0: \(size) entries leave no room for a token",
                    expected: "at least \(fixed.count + 1), padding and unknown included", category: .usage)
            }
            kept = Array(kept.prefix(size - fixed.count))
        }
        var table = tableForCounting()
        var newNumbers = [Int32](repeating: unknown, count: counted.count)
        newNumbers[Int(padding)] = padding
        for number in kept {
            newNumbers[number] = Int32(counted.withBytes(of: number) { table.intern($0) })
        }
        return (Vocabulary(table: table), newNumbers)
    }

    init(table: ByteStringTable) { self.table = table }

    /// The number of a token; `unknown` when it is not in the vocabulary.
    package func number(of token: borrowing Span<UInt8>) -> Int32 {
        table.find(token).map(Int32.init) ?? Self.unknown
    }

    /// The number of an entry, or nil.
    package func find(_ entry: borrowing Span<UInt8>) -> Int? { table.find(entry) }

    /// The entry with number `number`.
    public func string(of number: Int) -> String { table.text(of: number) }

    /// The number of a token given as text; `unknown` when it is not in the vocabulary.
    public func number(of token: String) -> Int32 { number(of: Array(token.utf8).span) }
}
