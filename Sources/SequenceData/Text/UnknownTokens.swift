import Diagnostics

/// What a model cannot read of texts given by hand: tokens that no training text had, and texts without tokens.
public struct UnknownTokens: Sendable {
    /// What tokens are: `words`.
    private let kind: String
    private var texts = 0
    private var tokens = 0
    private var unknown = 0
    /// Distinct, as they came.
    private var names: [String] = []
    /// Numbers of texts, from 0.
    private var firstUnknown: Int?
    private var emptyTexts: [Int] = []

    /// More of them are not named.
    private static let named = 10

    public init(_ kind: String) { self.kind = kind }

    /// Counts the next text.
    ///
    /// - Parameters:
    ///   - numbers: Of its tokens.
    ///   - spelled: Its tokens, in the same order; asked for where one of them is unknown.
    public mutating func add(_ numbers: some Collection<Int32>, spelled: @autoclosure () -> [String]) {
        if numbers.isEmpty { emptyTexts.append(texts) }
        if numbers.contains(Vocabulary.unknown) {
            firstUnknown = firstUnknown ?? texts
            for (number, token) in zip(numbers, spelled()) where number == Vocabulary.unknown {
                unknown += 1
                // Strings that look alike are equal, tokens are not.
                if names.count <= Self.named, !names.contains(where: { $0.utf8.elementsEqual(token.utf8) }) {
                    names.append(token)
                }
            }
        }
        tokens += numbers.count
        texts += 1
    }

    /// What to say of texts that are read nevertheless: a sentence about unknown tokens, one about empty texts.
    ///
    /// - Parameters:
    ///   - source: Where the texts come from.
    ///   - empty: What becomes of a text without tokens.
    public func notes(_ source: String, empty: String) -> [String] {
        var notes: [String] = []
        if let firstUnknown {
            notes.append(Self.note(source, firstUnknown, "\(statement) (\(unknown) of \(tokens) are unknown)"))
        }
        if let first = emptyTexts.first {
            notes.append(Self.note(source, first, "the text\(Self.others(emptyTexts)) has no tokens: \(empty)"))
        }
        return notes
    }

    /// A sentence about a text, as an error would say it.
    ///
    /// - Parameter text: Its number, from 0.
    public static func note(_ source: String, _ text: Int, _ statement: String, hint: String? = nil) -> String {
        Diagnostic("\(source):\(text + 1)", statement, hint: hint).description
    }

    /// Behind the first of several texts: how many more there are.
    public static func others(_ numbers: [Int]) -> String {
        numbers.count > 1 ? " (and \(numbers.count - 1) more)" : ""
    }

    /// Refuses tokens that the model does not know.
    ///
    /// - Parameter subject: What the text is.
    /// - Throws: `Diagnostic` (usage) naming them.
    func requireNone(_ subject: String) throws {
        guard firstUnknown == nil else {
            throw Diagnostic(subject, statement, expected: "\(kind) of its training text", category: .usage)
        }
    }

    private var statement: String {
        let list = names.prefix(Self.named).map { "'\($0)'" } + (names.count > Self.named ? ["…"] : [])
        return "the model does not know the \(kind) \(list.joined(separator: ", "))"
    }
}
