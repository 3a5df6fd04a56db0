import Diagnostics

/// The tokens of a sentence, with a tag each where the source has tags.
package struct TaggedSentence: Sendable {
    package internal(set) var tokens = TokenBuffer()
    /// Empty, or one for each token.
    package internal(set) var tags = TokenBuffer()
    var file = ""
    var line = 0
    /// Whether each token has a line of its own.
    var isColumn = false

    /// Where a tag stands.
    func place(ofTag number: Int) -> String {
        SourcePlace(file: file, line: isColumn ? line + number : line).description
    }

    mutating func removeAll() {
        tokens.removeAll()
        tags.removeAll()
    }
}

/// Sentences in a fixed order.
protocol TaggedSource {
    /// File for messages.
    var name: String { get }

    /// Calls `body` for each sentence that has a token.
    func forEach(_ body: (TaggedSentence) throws -> Void) throws
}

extension TokenBuffer {
    mutating func append(token: borrowing Span<UInt8>) {
        for index in 0..<token.count { append(token[index]) }
        endToken()
    }
}

extension Span<UInt8> {
    /// Finds what stands between ASCII blanks.
    func findFields(_ fields: inout [Range<Int>]) {
        fields.removeAll(keepingCapacity: true)
        var position = 0
        while position < count {
            while position < count, self[position].isASCIIBlank { position += 1 }
            let start = position
            while position < count, !self[position].isASCIIBlank { position += 1 }
            if position > start { fields.append(start..<position) }
        }
    }
}
