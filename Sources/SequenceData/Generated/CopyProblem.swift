import Kernels

/// The copying problem: ten symbols are shown, then nothing for a long time, and must be repeated at the end.
///
///     input   s s s s s s s s s s _ _ _ … _ _ ! _ _ _ _ _ _ _ _ _ _      10 + (T - 1) + 1 + 10 time steps
///     target  _ _ _ _ _ _ _ _ _ _ _ _ _ … _ _ _ s s s s s s s s s s
///
/// Who knows when to answer but not what has a loss of `10 ln 8 / (T + 20)` nats a time step.
///
/// - Source: S. Hochreiter & J. Schmidhuber 1997, in the form of M. Arjovsky, A. Shah & Y. Bengio, "Unitary evolution
///   recurrent neural networks", ICML 2016.
public struct CopyProblem: Sendable {
    /// `T`, the time the symbols must be held; at least 1.
    public let delay: Int
    private let stream: RandomStream

    /// Symbols to repeat, and how many there are to choose from.
    public static let shown = 10, symbols = 8
    /// Nothing is shown, or to be said.
    public static let blank: Int32 = 8
    /// The answer is asked for; never a target.
    public static let question: Int32 = 9
    /// Different inputs, and different targets.
    public static let inputs = 10, targets = 9

    public var length: Int { delay + 2 * Self.shown }

    /// The loss without memory, in nats a time step.
    public var baseline: Double {
        Double(Self.shown) * Double.naturalLogarithm(of: Double(Self.symbols)) / Double(length)
    }

    public init(seed: UInt64, delay: Int) {
        precondition(delay >= 1, "the question needs a time step")
        self.delay = delay
        stream = RandomStream(seed: seed, purpose: .examples, index: 2)
    }

    /// The symbol shown at each of the first ten time steps.
    private func symbol(_ example: UInt64, _ place: Int) -> Int32 {
        Int32(stream.bits(example, UInt32(truncatingIfNeeded: place)) >> 61)
    }

    /// - Parameters:
    ///   - tokens: Receives the input of each time step, appended.
    ///   - targets: Receives what is to be said, appended.
    public func append(example: UInt64, tokens: inout [Int32], targets: inout [Int32]) {
        let symbols = (0..<Self.shown).map { symbol(example, $0) }
        let nothing = [Int32](repeating: Self.blank, count: Self.shown)
        let wait = [Int32](repeating: Self.blank, count: delay - 1)
        tokens += symbols + wait + [Self.question] + nothing
        targets += nothing + wait + [Self.blank] + symbols
    }
}
