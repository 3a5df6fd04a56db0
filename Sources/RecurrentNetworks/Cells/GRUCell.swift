import Kernels

/// The gated recurrent unit, its reset gate acting after the recurrent product.
///
///     r = σ(a_r + h₋₁ U_r)    z = σ(a_z + h₋₁ U_z)    q = h₋₁ Uₙ + cₙ
///     n = tanh(aₙ + r · q)    h = (1 - z) · n + z · h₋₁        gates in order r, z, n
///
/// - Source: the convention of cuDNN, PyTorch and Keras (`reset_after`) for Cho et al. 2014.
final class ResetAfterGRUCell<Scalar: KernelScalar>: RecurrentCell {
    let gateColumns: Int
    private let hiddenSize: Int
    private let recurrentWeight: ParameterSlice  // U [H, 3H]
    private let recurrentBias: ParameterSlice  // cₙ [H]
    private let weights: GRUWeights<Scalar>
    private var candidateMemory = ReusedMatrix<Scalar>()
    private var candidate = Matrix<Scalar>(rows: 0, columns: 0)  // q [row, H]

    init(name: String, hiddenSize: Int, initializer: RecurrentInitializer, layout: inout ParameterLayout) {
        self.hiddenSize = hiddenSize
        gateColumns = 3 * hiddenSize
        recurrentWeight = layout.add(
            "\(name)/recurrent_weight", shape: [hiddenSize, gateColumns], initializer.recurrentWeight, note: "gates r, z, n")
        recurrentBias = layout.add("\(name)/recurrent_bias", shape: [hiddenSize], initializer.candidateBias, note: "gate n")
        weights = GRUWeights(hiddenSize: hiddenSize)
    }

    func pack(_ parameters: Parameters<Scalar>) { weights.pack(parameters.matrix(recurrentWeight)) }

    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>
    ) {
        candidate = candidateMemory.reshaped(rows: recurrence.batch.rows, columns: hiddenSize)
        let gatesRZ = gates.columns(0..<2 * hiddenSize)
        recurrence.forEachStep { step in
            let before = RowSelection(first: step.previousState, count: step.count)
            let rows = RowSelection(first: step.row, count: step.count)
            multiply(hidden, rows: before, by: weights.gates, from: .accumulate, into: gatesRZ, rows: rows)
            multiply(
                hidden, rows: before, by: weights.candidate, from: .bias(offset: recurrentBias.offset), bias: parameters.dense,
                into: candidate, rows: rows)
            gruForwardResetAfter(step, gates: gates, candidate: candidate, hidden: hidden)
        }
    }

    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>
    ) {
        let gatesRZ = gates.columns(0..<2 * hiddenSize)
        recurrence.forEachStepBackward(liveSteps: liveSteps, carries: [carry]) { step in
            // carry = dh · z, then += da_rz U_rzᵀ + dq Uₙᵀ
            gruBackwardResetAfter(step, gates: gates, candidate: candidate, hidden: hidden, dHidden: dHidden, carry: carry)
            let rows = RowSelection(first: step.row, count: step.count)
            let sequences = RowSelection(first: step.sequence, count: step.count)
            multiply(gatesRZ, rows: rows, by: weights.gatesTransposed, from: .accumulate, into: carry, rows: sequences)
            multiply(candidate, rows: rows, by: weights.candidateTransposed, from: .accumulate, into: carry, rows: sequences)
        }
    }

    func sumGradients(
        _ rows: GradientRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        // dU_rz = Σ h₋₁ᵀ da_rz;  dUₙ = Σ h₋₁ᵀ dq;  dcₙ = Σ dq
        sumWeightGradient(
            hidden, index: rows.previousStates, gates.columns(0..<2 * hiddenSize), index: rows.rows, leaves: rows.leaves,
            into: gradients, offset: recurrentWeight.offset, stride: gateColumns, team: team)
        sumWeightGradient(
            hidden, index: rows.previousStates, candidate, index: rows.rows, leaves: rows.leaves, into: gradients,
            offset: recurrentWeight.offset + 2 * hiddenSize, stride: gateColumns, team: team)
        columnSums(candidate, index: rows.rows, leaves: rows.leaves, into: gradients.dense, offset: recurrentBias.offset)
    }
}

/// The gated recurrent unit, its reset gate acting before the recurrent product.
///
///     r = σ(a_r + h₋₁ U_r)             z = σ(a_z + h₋₁ U_z)
///     n = tanh(aₙ + (r · h₋₁) Uₙ)      h = (1 - z) · n + z · h₋₁        gates in order r, z, n
///
/// - Source: Cho et al. 2014.
final class ResetBeforeGRUCell<Scalar: KernelScalar>: RecurrentCell {
    let gateColumns: Int
    private let hiddenSize: Int
    private let recurrentWeight: ParameterSlice  // U [H, 3H]
    private let weights: GRUWeights<Scalar>
    private var resetMemory = ReusedMatrix<Scalar>(), productMemory = ReusedMatrix<Scalar>()
    private var resetHidden = Matrix<Scalar>(rows: 0, columns: 0)  // r · h₋₁ [row, H]

    init(name: String, hiddenSize: Int, initializer: RecurrentInitializer, layout: inout ParameterLayout) {
        self.hiddenSize = hiddenSize
        gateColumns = 3 * hiddenSize
        recurrentWeight = layout.add(
            "\(name)/recurrent_weight", shape: [hiddenSize, gateColumns], initializer.recurrentWeight, note: "gates r, z, n")
        weights = GRUWeights(hiddenSize: hiddenSize)
    }

    func pack(_ parameters: Parameters<Scalar>) { weights.pack(parameters.matrix(recurrentWeight)) }

    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>
    ) {
        resetHidden = resetMemory.reshaped(rows: recurrence.batch.rows, columns: hiddenSize)
        let gatesRZ = gates.columns(0..<2 * hiddenSize), gatesN = gates.columns(2 * hiddenSize..<3 * hiddenSize)
        recurrence.forEachStep { step in
            let before = RowSelection(first: step.previousState, count: step.count)
            let rows = RowSelection(first: step.row, count: step.count)
            multiply(hidden, rows: before, by: weights.gates, from: .accumulate, into: gatesRZ, rows: rows)
            gruGatesResetBefore(step, gates: gates, resetHidden: resetHidden, hidden: hidden)
            multiply(resetHidden, rows: rows, by: weights.candidate, from: .accumulate, into: gatesN, rows: rows)
            gruStateResetBefore(step, gates: gates, hidden: hidden)
        }
    }

    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>
    ) {
        let dResetHidden = productMemory.reshaped(rows: recurrence.batch.sequences, columns: hiddenSize)
        let gatesRZ = gates.columns(0..<2 * hiddenSize), gatesN = gates.columns(2 * hiddenSize..<3 * hiddenSize)
        recurrence.forEachStepBackward(liveSteps: liveSteps, carries: [carry]) { step in
            let rows = RowSelection(first: step.row, count: step.count)
            let sequences = RowSelection(first: step.sequence, count: step.count)
            // daₙ and da_z; d(r h₋₁) = daₙ Uₙᵀ; da_r; carry = dh · z + d(r h₋₁) · r + da_rz U_rzᵀ
            gruCandidateGradientResetBefore(step, gates: gates, hidden: hidden, dHidden: dHidden, carry: carry)
            multiply(gatesN, rows: rows, by: weights.candidateTransposed, into: dResetHidden, rows: sequences)
            gruResetGradientResetBefore(step, gates: gates, hidden: hidden, dResetHidden: dResetHidden, carry: carry)
            multiply(gatesRZ, rows: rows, by: weights.gatesTransposed, from: .accumulate, into: carry, rows: sequences)
        }
    }

    func sumGradients(
        _ rows: GradientRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        // dU_rz = Σ h₋₁ᵀ da_rz;  dUₙ = Σ (r · h₋₁)ᵀ daₙ
        sumWeightGradient(
            hidden, index: rows.previousStates, gates.columns(0..<2 * hiddenSize), index: rows.rows, leaves: rows.leaves,
            into: gradients, offset: recurrentWeight.offset, stride: gateColumns, team: team)
        sumWeightGradient(
            resetHidden, index: rows.rows, gates.columns(2 * hiddenSize..<3 * hiddenSize), index: rows.rows, leaves: rows.leaves,
            into: gradients, offset: recurrentWeight.offset + 2 * hiddenSize, stride: gateColumns, team: team)
    }
}

/// The recurrent weights `[H, 3H]` of a GRU, packed as its two conventions need them: r and z together, n apart.
private struct GRUWeights<Scalar: KernelScalar> {
    let hiddenSize: Int
    let gates: PackedMatrix<Scalar>
    let gatesTransposed: PackedMatrix<Scalar>
    let candidate: PackedMatrix<Scalar>
    let candidateTransposed: PackedMatrix<Scalar>

    init(hiddenSize: Int) {
        self.hiddenSize = hiddenSize
        gates = PackedMatrix(inputs: hiddenSize, outputs: 2 * hiddenSize)
        gatesTransposed = PackedMatrix(inputs: 2 * hiddenSize, outputs: hiddenSize)
        candidate = PackedMatrix(inputs: hiddenSize, outputs: hiddenSize)
        candidateTransposed = PackedMatrix(inputs: hiddenSize, outputs: hiddenSize)
    }

    func pack(_ weight: Matrix<Scalar>) {
        let rz = weight.columns(0..<2 * hiddenSize), n = weight.columns(2 * hiddenSize..<3 * hiddenSize)
        gates.pack(rz)
        gatesTransposed.packTransposed(rz)
        candidate.pack(n)
        candidateTransposed.packTransposed(n)
    }
}
