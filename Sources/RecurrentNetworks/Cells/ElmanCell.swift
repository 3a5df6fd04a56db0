import Kernels

/// The simple recurrent cell.
///
///     hₜ = φ(aₜ + hₜ₋₁ U)        aₜ = xₜ W + b from the layer, φ = tanh, ReLU or the logistic function
///
/// - Source: Elman 1990.
final class ElmanCell<Scalar: KernelScalar>: RecurrentCell {
    let gateColumns: Int
    private let function: ActivationFunction
    private let recurrentWeight: ParameterSlice  // U [H, H]
    private let packed: PackedMatrix<Scalar>
    private let packedTransposed: PackedMatrix<Scalar>

    init(name: String, hiddenSize: Int, function: ActivationFunction, initializer: RecurrentInitializer, layout: inout ParameterLayout) {
        gateColumns = hiddenSize
        self.function = function
        recurrentWeight = layout.add("\(name)/recurrent_weight", shape: [hiddenSize, hiddenSize], initializer.recurrentWeight)
        packed = PackedMatrix(inputs: hiddenSize, outputs: hiddenSize)
        packedTransposed = PackedMatrix(inputs: hiddenSize, outputs: hiddenSize)
    }

    func pack(_ parameters: Parameters<Scalar>) {
        packed.pack(parameters.matrix(recurrentWeight))
        packedTransposed.packTransposed(parameters.matrix(recurrentWeight))
    }

    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>
    ) {
        recurrence.forEachStep { step in
            // a += h₋₁ U;  h = φ(a)
            multiply(
                hidden, rows: RowSelection(first: step.previousState, count: step.count), by: packed, from: .accumulate,
                into: gates, rows: RowSelection(first: step.row, count: step.count))
            activate(function, gates, firstRow: step.row, into: hidden, firstRow: step.state, count: step.count)
        }
    }

    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>
    ) {
        recurrence.forEachStepBackward(liveSteps: liveSteps, carries: [carry]) { step in
            // da = (dh + carry) φ′(h);  carry = da Uᵀ
            activationGradient(
                function, at: hidden, firstRow: step.state, dHidden, firstRow: step.row, carry: carry,
                firstSequence: step.sequence, into: gates, firstRow: step.row, count: step.count)
            multiply(
                gates, rows: RowSelection(first: step.row, count: step.count), by: packedTransposed, into: carry,
                rows: RowSelection(first: step.sequence, count: step.count))
        }
    }

    func sumGradients(
        _ rows: GradientRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        // dU = Σ h₋₁ᵀ da
        sumWeightGradient(
            hidden, index: rows.previousStates, gates, index: rows.rows, leaves: rows.leaves, into: gradients,
            offset: recurrentWeight.offset, team: team)
    }
}
