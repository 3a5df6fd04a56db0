/// Lines of text, one after the other in one array: what has to be read twice, for a vocabulary and for its numbers.
package struct TextLines: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init() {}

    package init(_ texts: [String]) {
        for text in texts { append(Array(text.utf8).span) }
    }

    package var count: Int { ends.count }

    mutating func append(_ line: borrowing Span<UInt8>) {
        for index in 0..<line.count { bytes.append(line[index]) }
        ends.append(bytes.count)
    }

    /// Calls `body` with each line, in order.
    package func forEach(_ body: (_ number: Int, _ line: Span<UInt8>) throws -> Void) rethrows {
        for number in ends.indices {
            try body(number, bytes.span.extracting((number == 0 ? 0 : ends[number - 1])..<ends[number]))
        }
    }

    /// The lines as text.
    package var texts: [String] {
        var texts: [String] = []
        forEach { texts.append($1.text) }
        return texts
    }
}
