import Kernels

/// Long short-term memory.
///
///     i = σ(aᵢ + h₋₁ Uᵢ)    f = σ(a_f + h₋₁ U_f)    g = tanh(a_g + h₋₁ U_g)    o = σ(aₒ + h₋₁ Uₒ)
///     c = f · c₋₁ + i · g   h = o · tanh c           a = x W + b from the layer, gates in order i, f, g, o
///
/// - Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.
final class LSTMCell<Scalar: KernelScalar>: RecurrentCell {
    let gateColumns: Int
    private let hiddenSize: Int
    private let recurrentWeight: ParameterSlice  // U [H, 4H]
    private let packed: PackedMatrix<Scalar>
    private let packedTransposed: PackedMatrix<Scalar>
    private var cellMemory = ReusedMatrix<Scalar>(), tanhMemory = ReusedMatrix<Scalar>()
    static var hasMemory: Bool { true }
    var memory: Matrix<Scalar>? { cell }
    private var cell = Matrix<Scalar>(rows: 0, columns: 0)  // [initial + row, H]
    private var tanhCell = Matrix<Scalar>(rows: 0, columns: 0)  // [row, H]

    init(name: String, hiddenSize: Int, initializer: RecurrentInitializer, layout: inout ParameterLayout) {
        self.hiddenSize = hiddenSize
        gateColumns = 4 * hiddenSize
        recurrentWeight = layout.add(
            "\(name)/recurrent_weight", shape: [hiddenSize, gateColumns], initializer.recurrentWeight, note: "gates i, f, g, o")
        packed = PackedMatrix(inputs: hiddenSize, outputs: gateColumns)
        packedTransposed = PackedMatrix(inputs: gateColumns, outputs: hiddenSize)
    }

    func pack(_ parameters: Parameters<Scalar>) {
        packed.pack(parameters.matrix(recurrentWeight))
        packedTransposed.packTransposed(parameters.matrix(recurrentWeight))
    }

    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>
    ) {
        let batch = recurrence.batch
        cell = cellMemory.reshaped(rows: batch.sequences + batch.rows, columns: hiddenSize)
        tanhCell = tanhMemory.reshaped(rows: batch.rows, columns: hiddenSize)
        if let initialMemory {
            copyRows(initialMemory, rows: .all(batch.sequences), into: cell, rows: .range(0..<batch.sequences))
        } else {
            clearRows(cell, 0..<batch.sequences)
        }
        recurrence.forEachStep { step in
            // a += h₋₁ U, then gates and states
            multiply(
                hidden, rows: RowSelection(first: step.previousState, count: step.count), by: packed, from: .accumulate,
                into: gates, rows: RowSelection(first: step.row, count: step.count))
            lstmForward(step, gates: gates, cell: cell, tanhCell: tanhCell, hidden: hidden)
        }
    }

    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>
    ) {
        recurrence.forEachStepBackward(liveSteps: liveSteps, carries: [carry, carryMemory]) { step in
            // da from dh and dc, then the hidden states' gradient da Uᵀ
            lstmBackward(
                step, gates: gates, cell: cell, tanhCell: tanhCell, dHidden: dHidden, carryHidden: carry,
                carryCell: carryMemory)
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
