import Kernels

/// The adding problem: two of a sequence's numbers are marked, and their sum is asked for at its end.
///
/// Each time step holds a number drawn from `[0, 1)` and a mark; one mark lies in the first half of the sequence,
/// one in the second. Who always answers 1 has a mean squared error of 1/6, the variance of the sum.
///
/// - Source: S. Hochreiter & J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997, section 5.4, in
///   the form of M. Arjovsky, A. Shah & Y. Bengio, "Unitary evolution recurrent neural networks", ICML 2016.
public struct AddingProblem: Sendable {
    /// Time steps of a sequence, at least 2.
    public let length: Int
    private let stream: RandomStream

    /// The mean squared error without memory.
    public static let baseline = 1.0 / 6

    public init(seed: UInt64, length: Int) {
        precondition(length >= 2, "two marks need two time steps")
        self.length = length
        stream = RandomStream(seed: seed, purpose: .examples, index: 1)
    }

    /// - Parameter steps: Receives number and mark of each time step, appended.
    /// - Returns: The sum of the two marked numbers.
    public func append(example: UInt64, to steps: inout [Float]) -> Float {
        let half = length / 2
        let first = Int(stream.uniform(example, 0) * Double(half))
        let second = half + Int(stream.uniform(example, 1) * Double(length - half))
        var sum: Float = 0
        for time in 0..<length {
            let value = Float(stream.uniform(example, UInt32(truncatingIfNeeded: time + 2)))
            let isMarked = time == first || time == second
            if isMarked { sum += value }
            steps.append(value)
            steps.append(isMarked ? 1 : 0)
        }
        return sum
    }
}
