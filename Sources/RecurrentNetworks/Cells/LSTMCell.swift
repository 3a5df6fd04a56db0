import Kernels

/// Long short-term memory.
///
///     i = σ(aᵢ + h₋₁ Uᵢ)    f = σ(a_f + h₋₁ U_f)    g = tanh(a_g + h₋₁ U_g)    o = σ(aₒ + h₋₁ Uₒ)
///     c = f · c₋₁ + i · g   h = o · tanh c           a = x W + b from the layer, gates in order i, f, g, o
///
/// With layer normalisation the recurrent product is normalised, and `h = o · tanh LN(c)`.
///
/// - Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000; normalisation: Ba, Kiros & Hinton 2016,
///   supplementary material.
final class LSTMCell<Scalar: KernelScalar>: RecurrentCell {
    static var hasMemory: Bool { true }
    let gateColumns: Int
    let recurrentWeight: ParameterSlice  // U [H, 4H]
    var memory: Matrix<Scalar>? { cell }
    private let hiddenSize: Int
    private let product: RecurrentProduct<Scalar>
    private let normalization: LayerNormalization<Scalar>?
    private let zoneout: Zoneout<Scalar>?
    private let cellZoneout: Zoneout<Scalar>?
    private var cellMemory = ReusedMatrix<Scalar>(), tanhMemory = ReusedMatrix<Scalar>()
    private var cell = Matrix<Scalar>(rows: 0, columns: 0)  // [initial + row, H]
    /// tanh LN(c), or tanh c as it was before zoneout, `[row, H]`; nil: follows from c.
    private var tanhCell: Matrix<Scalar>?
    private var normalizedMemory = ReusedMatrix<Scalar>(), dNormalizedMemory = ReusedMatrix<Scalar>()
    private var dCellMemory = ReusedMatrix<Scalar>()
    private var normalized = Matrix<Scalar>(rows: 0, columns: 0)  // c, then c normalised [row, H]
    private var dNormalized = Matrix<Scalar>(rows: 0, columns: 0)  // gradient of LN(c) [row, H]
    private var dCell = Matrix<Scalar>(rows: 0, columns: 0)  // gradient that c gets through LN(c) [row, H]

    init(_ design: CellDesign, layout: inout ParameterLayout) {
        hiddenSize = design.size
        gateColumns = 4 * hiddenSize
        let note = "gates i, f, g, o"
        recurrentWeight = layout.add(
            "\(design.name)/recurrent_weight", shape: [hiddenSize, gateColumns], design.initial.recurrentWeight,
            note: note)
        product = RecurrentProduct(
            recurrentWeight, gain: design.recurrentGain(columns: gateColumns, note: note, &layout))
        normalization = design.cellNormalization(&layout)
        zoneout = design.hiddenZoneout()
        cellZoneout = design.cellZoneout()
    }

    func pack(_ values: AlignedBuffer<Scalar>, offset: Int) { product.pack(values, offset: offset) }

    @specialized(where Scalar == Float)
    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>
    ) {
        let batch = recurrence.batch
        cell = cellMemory.reshaped(rows: batch.sequences + batch.rows, columns: hiddenSize)
        if let initialMemory {
            copyRows(initialMemory, rows: .all(batch.sequences), into: cell, rows: .range(0..<batch.sequences))
        } else {
            clearRows(cell, 0..<batch.sequences)
        }
        if normalization != nil || cellZoneout != nil {
            tanhCell = tanhMemory.reshaped(rows: batch.rows, columns: hiddenSize)
        }
        product.begin(rows: batch.rows, parameters)
        beginNormalization(rows: batch.rows, parameters)
        zoneout?.begin(recurrence, size: hiddenSize)
        cellZoneout?.begin(recurrence, size: hiddenSize)
        recurrence.forEachStep { step in
            // a += h₋₁ U, then gates and states
            product.forward(step, hidden, row: step.previousState, from: .accumulate, into: gates)
            lstmForward(step, gates: gates, cell: cell, hidden: hidden)
            if let tanhCell {
                let states = step.state..<step.state + step.count, rows = step.row..<step.row + step.count
                let target = normalization == nil ? tanhCell : normalized
                copyRows(cell, rows: .range(states), into: target, rows: .range(rows))
                normalization?.forward(rows, into: tanhCell)
                lstmOutput(step, gates: gates, tanhCell: tanhCell, hidden: hidden)
            }
            cellZoneout?.forward(step, states: cell)
            zoneout?.forward(step, states: hidden)
        }
    }

    private func beginNormalization(rows: Int, _ parameters: Parameters<Scalar>) {
        guard let normalization else { return }
        normalized = normalizedMemory.reshaped(rows: rows, columns: hiddenSize)
        dNormalized = dNormalizedMemory.reshaped(rows: rows, columns: hiddenSize)
        dCell = dCellMemory.reshaped(rows: rows, columns: hiddenSize)
        normalization.begin(normalized, gradient: dCell, parameters)
    }

    @specialized(where Scalar == Float)
    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>,
        dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>
    ) {
        let above = zoneout?.dCandidate ?? dHidden
        recurrence.forEachStepBackward(liveSteps: liveSteps, carries: [carry, carryMemory]) { step in
            zoneout?.backward(step, above: dHidden, carry: carry)
            cellZoneout?.backward(step, carry: carryMemory)
            if let normalization, let tanhCell {
                lstmOutputGradient(
                    step, gates: gates, tanhCell: tanhCell, dHidden: above, carryHidden: carry, into: dNormalized)
                normalization.backward(step.row..<step.row + step.count, dNormalized)
                addStepRows(step, dCell, firstRow: step.row, to: carryMemory)
            }
            // da from dh and dc, then the hidden states' gradient da Uᵀ
            lstmBackward(
                step, gates: gates, cell: cell, tanhCell: tanhCell, dHidden: above, carryHidden: carry,
                carryCell: carryMemory,
                cellIsNormalized: normalization != nil)
            product.backward(step, gates, from: .zero, into: carry)
            zoneout?.join(step, carry: carry)
            cellZoneout?.join(step, carry: carryMemory)
        }
    }

    @specialized(where Scalar == Float)
    func sumGradients(
        _ rows: GradientRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, stateFactor: Scalar,
        into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        // dU = Σ h₋₁ᵀ da
        product.sumGradients(hidden, index: rows.previousStates, gates, rows, into: gradients, team: team)
        normalization?.sumGradients(dNormalized, index: rows.rows, leaves: rows.leaves, into: gradients)
    }
}
