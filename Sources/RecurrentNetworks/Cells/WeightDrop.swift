import Kernels

/// DropConnect on a recurrent weight: one mask an optimizer step, the same for every time step and sequence.
///
///     a = h₋₁ (M ⊙ U) / (1 - p)        M = 0 with probability p, else 1; evaluation: a = h₋₁ U
///
/// - Source: Wan et al. 2013; on recurrent weights: Merity, Keskar & Socher 2018.
final class WeightDrop<Scalar: KernelScalar> {
    private let probability: Double
    /// Which of the model's recurrent weights this is.
    private let number: Int
    private var mask = Matrix<Scalar>(rows: 0, columns: 0)
    private var dropped = Matrix<Scalar>(rows: 0, columns: 0)
    private var scaledMemory = ReusedMatrix<Scalar>()
    private var isDropped = false

    init(probability: Double, number: Int) {
        self.probability = probability
        self.number = number
    }

    /// The weight as a pass uses it.
    func weight(_ weight: Matrix<Scalar>, _ pass: Pass) -> Matrix<Scalar> {
        isDropped = pass.trainingStep != nil
        guard let step = pass.trainingStep else { return weight }
        if mask.rows == 0 {
            mask = Matrix(rows: weight.rows, columns: weight.columns)
            dropped = Matrix(rows: weight.rows, columns: weight.columns)
        }
        // An element's row of the weight stands where a state's example does.
        dropoutMask(
            RandomStream(seed: pass.seed, purpose: .weightDrop, index: UInt64(number)), probability: probability, step: step,
            examples: AlignedBuffer(0..<Int32(truncatingIfNeeded: weight.rows)), times: AlignedBuffer(count: weight.rows), into: mask)
        multiplyElements(weight, by: mask, into: dropped)
        return dropped
    }

    /// The states `x` as the gradient's sums want them: times `1 / (1 - p)`, which the sums may not be multiplied by
    /// once they are parts of a tree.
    func scaled(_ x: Matrix<Scalar>) -> Matrix<Scalar> {
        guard isDropped else { return x }
        let result = scaledMemory.reshaped(rows: x.rows, columns: x.columns)
        scale(x, by: Scalar(1 / (1 - probability)), into: result)
        return result
    }

    /// Zeros in the summed gradients of the elements that were dropped.
    func maskGradients(_ gradients: Gradients<Scalar>, _ slice: ParameterSlice) {
        guard isDropped else { return }
        for part in gradients.dense {
            clearDropped(Matrix(part, offset: slice.offset, rows: slice.shape[0], columns: slice.shape[1]), mask: mask)
        }
    }
}
