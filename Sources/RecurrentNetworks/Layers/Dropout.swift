import Kernels

/// Dropout on the way from one layer to the next.
public final class Dropout<Scalar: KernelScalar> {
    private let probability: Double
    /// Which of the model's dropouts this is.
    private let number: Int
    /// Whether a sequence has one mask for all its time steps.
    private let isVariational: Bool
    private var maskMemory = ReusedMatrix<Scalar>(), outputMemory = ReusedMatrix<Scalar>()
    private var mask: Matrix<Scalar>?

    /// - Parameter isVariational: One mask a sequence, the same in all its time steps (Gal & Ghahramani 2016); else one
    ///   a time step.
    public init(probability: Double, number: Int, isVariational: Bool = false) {
        self.probability = probability
        self.number = number
        self.isVariational = isVariational
    }

    /// `x` with units dropped, or `x` itself in evaluation.
    ///
    /// - Parameters:
    ///   - examples: The example of each row, asked for only when units are dropped.
    ///   - times: The time step of each row, likewise.
    public func forward(
        _ x: Matrix<Scalar>, _ pass: Pass, examples: @autoclosure () -> AlignedBuffer<Int32>,
        times: @autoclosure () -> AlignedBuffer<Int32>
    ) -> Matrix<Scalar> {
        mask = nil
        guard let step = pass.trainingStep, probability > 0 else { return x }
        let mask = maskMemory.reshaped(rows: x.rows, columns: x.columns)
        dropoutMask(
            RandomStream(seed: pass.seed, purpose: .dropout, index: UInt64(number)), probability: probability,
            step: step,
            examples: examples(), times: isVariational ? AlignedBuffer(count: x.rows) : times(), into: mask)
        let output = outputMemory.reshaped(rows: x.rows, columns: x.columns)
        multiplyElements(x, by: mask, into: output)
        self.mask = mask
        return output
    }

    /// Turns the gradient of the output into that of the input, in place.
    public func backward(_ d: Matrix<Scalar>) {
        if let mask { multiplyElements(d, by: mask, into: d) }
    }
}
