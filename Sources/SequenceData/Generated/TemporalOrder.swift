import Kernels

/// The temporal order problem: which of `X` and `Y` came first, and which second?
///
/// A text begins with `E` and ends with `B`; all between are random letters of a, b, c, d, but for an `X` or `Y` in its
/// second tenth and another in its sixth tenth. The classes are XX, XY, YX and YY; who guesses has a loss of ln 4.
///
/// - Source: S. Hochreiter & J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997, section 5.6,
///   experiment 6a, with places relative to the length.
public struct TemporalOrder: Sendable {
    /// Letters of a text, at least 10.
    public let length: Int
    let examples: Range<UInt64>
    private let stream: RandomStream

    /// - Parameter examples: Numbers of the texts.
    public init(seed: UInt64, length: Int, examples: Range<UInt64>) {
        precondition(length >= 10, "the two letters need a place each")
        self.length = length
        self.examples = examples
        stream = RandomStream(seed: seed, purpose: .examples, index: 3)
    }

    /// The letters of a text and its class.
    public func example(_ number: UInt64) -> (text: [UInt8], label: [UInt8]) {
        func draw(_ count: Int, _ purpose: UInt32) -> Int { Int(stream.uniform(number, purpose) * Double(count)) }
        let tenth = length / 10
        let first = tenth + draw(tenth, 0), second = 5 * tenth + draw(tenth, 1)
        let label = (2...3).map { draw(2, $0) == 0 ? UInt8(ascii: "X") : UInt8(ascii: "Y") }
        var text = (0..<length).map { UInt8(ascii: "a") + UInt8(draw(4, UInt32(truncatingIfNeeded: $0 + 4))) }
        text[0] = UInt8(ascii: "E")
        text[length - 1] = UInt8(ascii: "B")
        text[first] = label[0]
        text[second] = label[1]
        return (text, label)
    }
}

extension TemporalOrder: TextSource {
    /// What a configuration names.
    static let path = "builtin:temporal-order"

    var name: String { Self.path }

    func forEach(_ body: (_ label: Span<UInt8>, _ text: Span<UInt8>, _ place: SourcePlace) throws -> Void) throws -> Int
    {
        for (line, number) in examples.enumerated() {
            let (text, label) = example(number)
            try body(label.span, text.span, SourcePlace(file: name, line: line + 1))
        }
        return 0
    }
}
