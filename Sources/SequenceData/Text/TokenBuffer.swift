/// The tokens of one text, one after the other; kept between texts so that nothing is allocated per text.
package struct TokenBuffer: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var start = 0

    package init() {}

    package var count: Int { ends.count }

    package func range(of token: Int) -> Range<Int> { (token == 0 ? 0 : ends[token - 1])..<ends[token] }

    /// The tokens as text, for messages and tests.
    package var texts: [String] { (0..<count).map { bytes.span.extracting(range(of: $0)).text } }

    /// The first tokens' numbers; `Vocabulary.unknown` for those that the vocabulary does not hold.
    func numbers(in vocabulary: Vocabulary, first limit: Int = .max) -> [Int32] {
        (0..<min(count, limit)).map { vocabulary.number(of: bytes.span.extracting(range(of: $0))) }
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        start = 0
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// Ends a token, unless nothing was appended since the last one.
    mutating func endToken() {
        if bytes.count > start {
            ends.append(bytes.count)
            start = bytes.count
        }
    }
}
