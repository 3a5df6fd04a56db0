import Kernels

/// DropConnect on a recurrent weight: one mask an optimizer step, the same for every time step and sequence.
///
///     a = h₋₁ (M ⊙ U) / (1 - p)        M = 0 with probability p, else 1; evaluation: a = h₋₁ U
///
/// - Source: Wan et al. 2013; on recurrent weights: Merity, Keskar & Socher 2018.
final class WeightDrop<Scalar: KernelScalar> {
    private let probability: Double
    /// Which of the model's recurrent weights this is.
    private let number: UInt64
    private var drawn = Matrix<Scalar>(rows: 0, columns: 0)  // [H, G·H], row-major
    private var mask = Matrix<Scalar>(rows: 0, columns: 0)  // the same, in the order of the parameters
    private var dropped = Matrix<Scalar>(rows: 0, columns: 0)
    private var scaledMemory = ReusedMatrix<Scalar>()
    private var isDropped = false

    init(probability: Double, name: String) {
        self.probability = probability
        number = nameHash(name)
    }

    /// The weight as a pass uses it: where it lies, and its first element.
    func weight(
        _ slice: ParameterSlice, _ parameters: Parameters<Scalar>, _ pass: Pass
    ) -> (values: AlignedBuffer<Scalar>, offset: Int) {
        isDropped = pass.trainingStep != nil
        guard let step = pass.trainingStep else { return (parameters.dense, slice.offset) }
        let weight = slice.matrix(parameters.dense, offset: slice.offset)  // in the order of the parameters
        if mask.rows == 0 {
            drawn = Matrix(rows: weight.rows, columns: weight.columns)
            mask = Matrix(rows: weight.rows, columns: weight.columns)
            dropped = Matrix(rows: weight.rows, columns: weight.columns)
        }
        // An element's row of the weight stands where a state's example does.
        dropoutMask(
            RandomStream(seed: pass.seed, purpose: .weightDrop, index: number), probability: probability, step: step,
            examples: AlignedBuffer(0..<Int32(truncatingIfNeeded: weight.rows)),
            times: AlignedBuffer(count: weight.rows),
            into: drawn)
        slice.store(drawn, into: mask.storage, offset: 0)
        multiplyElements(weight, by: mask, into: dropped)
        return (dropped.storage, 0)
    }

    /// What states are multiplied by before gradients are summed: `1 / (1 - p)`. The sums may not be multiplied by it
    /// once they are parts of a tree.
    var stateFactor: Scalar { isDropped ? Scalar(1 / (1 - probability)) : 1 }

    func scaled(_ states: Matrix<Scalar>) -> Matrix<Scalar> {
        guard isDropped else { return states }
        let result = scaledMemory.reshaped(rows: states.rows, columns: states.columns)
        scale(states, by: stateFactor, into: result)
        return result
    }

    /// Zeros in the summed gradients of the elements that were dropped.
    func maskGradients(_ gradients: Gradients<Scalar>, _ slice: ParameterSlice) {
        guard isDropped else { return }
        for part in gradients.dense {
            clearDropped(slice.matrix(part, offset: slice.offset), mask: mask)
        }
    }
}
