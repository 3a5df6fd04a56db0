import Kernels

/// The gated recurrent unit, its reset gate acting after the recurrent product.
///
///     r = σ(a_r + h₋₁ U_r)    z = σ(a_z + h₋₁ U_z)    q = h₋₁ Uₙ + cₙ
///     n = tanh(aₙ + r · q)    h = (1 - z) · n + z · h₋₁        gates in order r, z, n
///
/// With layer normalisation the products with `U_r` and `U_z` are normalised together, that with `Uₙ` apart.
///
/// - Source: the convention of cuDNN, PyTorch and Keras (`reset_after`) for Cho et al. 2014; normalisation: Ba, Kiros
///   & Hinton 2016, supplementary material.
final class ResetAfterGRUCell<Scalar: KernelScalar>: RecurrentCell {
    let gateColumns: Int
    let recurrentWeight: ParameterSlice  // U [H, 3H]
    private let hiddenSize: Int
    private let recurrentBias: ParameterSlice  // cₙ [H]
    private let gateProduct: RecurrentProduct<Scalar>  // U_rz
    private let candidateProduct: RecurrentProduct<Scalar>  // Uₙ
    private let zoneout: Zoneout<Scalar>?
    private var candidateMemory = ReusedMatrix<Scalar>()
    private var candidate = Matrix<Scalar>(rows: 0, columns: 0)  // q [row, H]

    init(_ design: CellDesign, layout: inout ParameterLayout) {
        hiddenSize = design.size
        gateColumns = 3 * hiddenSize
        let note = "gates r, z, n"
        recurrentWeight = layout.add(
            "\(design.name)/recurrent_weight", shape: [hiddenSize, gateColumns], design.initial.recurrentWeight,
            note: note, groups: [0..<2 * hiddenSize, 2 * hiddenSize..<gateColumns])
        recurrentBias = layout.add(
            "\(design.name)/recurrent_bias", shape: [hiddenSize], design.initial.candidateBias, note: "gate n")
        let gain = design.recurrentGain(columns: gateColumns, note: note, &layout)
        gateProduct = RecurrentProduct(recurrentWeight, columns: 0..<2 * hiddenSize, gain: gain)
        candidateProduct = RecurrentProduct(recurrentWeight, columns: 2 * hiddenSize..<gateColumns, gain: gain)
        zoneout = design.hiddenZoneout()
    }

    func pack(_ values: AlignedBuffer<Scalar>, offset: Int) {
        gateProduct.pack(values, offset: offset)
        candidateProduct.pack(values, offset: offset)
    }

    @specialized(where Scalar == Float)
    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>
    ) {
        let rows = recurrence.batch.rows
        candidate = candidateMemory.reshaped(rows: rows, columns: hiddenSize)
        gateProduct.begin(rows: rows, parameters)
        candidateProduct.begin(rows: rows, parameters)
        zoneout?.begin(recurrence, size: hiddenSize)
        let gatesRZ = gates.columns(0..<2 * hiddenSize)
        recurrence.forEachStep { step in
            gateProduct.forward(step, hidden, row: step.previousState, from: .accumulate, into: gatesRZ)
            candidateProduct.forward(
                step, hidden, row: step.previousState, from: .bias(offset: recurrentBias.offset), into: candidate)
            gruForwardResetAfter(step, gates: gates, candidate: candidate, hidden: hidden)
            zoneout?.forward(step, states: hidden)
        }
    }

    @specialized(where Scalar == Float)
    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>,
        dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>
    ) {
        let gatesRZ = gates.columns(0..<2 * hiddenSize), above = zoneout?.dCandidate ?? dHidden
        recurrence.forEachStepBackward(liveSteps: liveSteps, carries: [carry]) { step in
            zoneout?.backward(step, above: dHidden, carry: carry)
            // carry = dh · z, then += da_rz U_rzᵀ + dq Uₙᵀ
            gruBackwardResetAfter(
                step, gates: gates, candidate: candidate, hidden: hidden, dHidden: above, carry: carry)
            gateProduct.backward(step, gatesRZ, from: .accumulate, into: carry)
            candidateProduct.backward(step, candidate, from: .accumulate, into: carry)
            zoneout?.join(step, carry: carry)
        }
    }

    @specialized(where Scalar == Float)
    func sumGradients(
        _ rows: GradientRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, stateFactor: Scalar,
        into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        // dU_rz = Σ h₋₁ᵀ da_rz;  dUₙ = Σ h₋₁ᵀ dq;  dcₙ = Σ dq
        gateProduct.sumGradients(
            hidden, index: rows.previousStates, gates.columns(0..<2 * hiddenSize), rows, into: gradients, team: team)
        candidateProduct.sumGradients(hidden, index: rows.previousStates, candidate, rows, into: gradients, team: team)
        columnSums(
            candidate, index: rows.rows, leaves: rows.leaves, into: gradients.dense, offset: recurrentBias.offset)
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
    let recurrentWeight: ParameterSlice  // U [H, 3H]
    private let hiddenSize: Int
    private let gateProduct: RecurrentProduct<Scalar>  // U_rz
    private let candidateProduct: RecurrentProduct<Scalar>  // Uₙ
    private let zoneout: Zoneout<Scalar>?
    private var resetMemory = ReusedMatrix<Scalar>(), productMemory = ReusedMatrix<Scalar>()
    private var resetHidden = Matrix<Scalar>(rows: 0, columns: 0)  // r · h₋₁ [row, H]

    init(_ design: CellDesign, layout: inout ParameterLayout) {
        hiddenSize = design.size
        gateColumns = 3 * hiddenSize
        recurrentWeight = layout.add(
            "\(design.name)/recurrent_weight", shape: [hiddenSize, gateColumns], design.initial.recurrentWeight,
            note: "gates r, z, n", groups: [0..<2 * hiddenSize, 2 * hiddenSize..<gateColumns])
        gateProduct = RecurrentProduct(recurrentWeight, columns: 0..<2 * hiddenSize, gain: nil)
        candidateProduct = RecurrentProduct(recurrentWeight, columns: 2 * hiddenSize..<gateColumns, gain: nil)
        zoneout = design.hiddenZoneout()
    }

    func pack(_ values: AlignedBuffer<Scalar>, offset: Int) {
        gateProduct.pack(values, offset: offset)
        candidateProduct.pack(values, offset: offset)
    }

    @specialized(where Scalar == Float)
    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>
    ) {
        let rows = recurrence.batch.rows
        resetHidden = resetMemory.reshaped(rows: rows, columns: hiddenSize)
        gateProduct.begin(rows: rows, parameters)
        candidateProduct.begin(rows: rows, parameters)
        zoneout?.begin(recurrence, size: hiddenSize)
        let gatesRZ = gates.columns(0..<2 * hiddenSize), gatesN = gates.columns(2 * hiddenSize..<3 * hiddenSize)
        recurrence.forEachStep { step in
            gateProduct.forward(step, hidden, row: step.previousState, from: .accumulate, into: gatesRZ)
            gruGatesResetBefore(step, gates: gates, resetHidden: resetHidden, hidden: hidden)
            candidateProduct.forward(step, resetHidden, row: step.row, from: .accumulate, into: gatesN)
            gruStateResetBefore(step, gates: gates, hidden: hidden)
            zoneout?.forward(step, states: hidden)
        }
    }

    @specialized(where Scalar == Float)
    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>,
        dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>
    ) {
        let dResetHidden = productMemory.reshaped(rows: recurrence.batch.sequences, columns: hiddenSize)
        let gatesRZ = gates.columns(0..<2 * hiddenSize), gatesN = gates.columns(2 * hiddenSize..<3 * hiddenSize)
        let above = zoneout?.dCandidate ?? dHidden
        recurrence.forEachStepBackward(liveSteps: liveSteps, carries: [carry]) { step in
            zoneout?.backward(step, above: dHidden, carry: carry)
            // daₙ and da_z; d(r h₋₁) = daₙ Uₙᵀ; da_r; carry = dh · z + d(r h₋₁) · r + da_rz U_rzᵀ
            gruCandidateGradientResetBefore(step, gates: gates, hidden: hidden, dHidden: above, carry: carry)
            candidateProduct.backward(step, gatesN, from: .zero, into: dResetHidden)
            gruResetGradientResetBefore(step, gates: gates, hidden: hidden, dResetHidden: dResetHidden, carry: carry)
            gateProduct.backward(step, gatesRZ, from: .accumulate, into: carry)
            zoneout?.join(step, carry: carry)
        }
    }

    @specialized(where Scalar == Float)
    func sumGradients(
        _ rows: GradientRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, stateFactor: Scalar,
        into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        // dU_rz = Σ h₋₁ᵀ da_rz;  dUₙ = Σ (r · h₋₁)ᵀ daₙ
        gateProduct.sumGradients(
            hidden, index: rows.previousStates, gates.columns(0..<2 * hiddenSize), rows, into: gradients, team: team)
        if stateFactor != 1 { scale(resetHidden, by: stateFactor, into: resetHidden) }
        candidateProduct.sumGradients(
            resetHidden, index: rows.rows, gates.columns(2 * hiddenSize..<3 * hiddenSize), rows, into: gradients,
            team: team)
    }
}
