import Configuration
import Kernels

/// One direction of a recurrent layer: the input's product for all time steps at once, then the cell's recurrence.
///
///     a = x W + b for every row;  h = cell(a)        with layer normalisation: a = g · LN(x W) + b
final class RecurrentDirection<Scalar: KernelScalar> {
    let hiddenSize: Int
    let runsBackward: Bool
    private let cell: any RecurrentCell<Scalar>
    private let bias: ParameterSlice
    private let weight: InputWeight
    private let normalization: InputNormalization<Scalar>?
    private let weightDrop: WeightDrop<Scalar>?
    /// The pass whose dropped weight the cell holds: its training step, or nil for evaluation; none: an old one's.
    private var droppedFor: Int??
    private let noBias: AlignedBuffer<Scalar>
    private var gateMemory = ReusedMatrix<Scalar>(), hiddenMemory = ReusedMatrix<Scalar>(),
        gradientMemory = ReusedMatrix<Scalar>()
    private var carryHidden = ReusedMatrix<Scalar>(), carryMemory = ReusedMatrix<Scalar>()
    private var gates = Matrix<Scalar>(rows: 0, columns: 0)  // [row, G·H] in processing order
    private(set) var hidden = Matrix<Scalar>(rows: 0, columns: 0)  // [initial + row, H]

    private enum InputWeight {
        case dense(WeightMatrix<Scalar>)  // W [D, G·H]
        case oneHot(table: Int)  // W [V, G·H], a row each token
    }

    init(
        name: String, inputSize: Int, oneHot: Bool, runsBackward: Bool, _ configuration: ModelConfiguration.Layer,
        initializer: ModelConfiguration.Initializer, weightDrop: Double, layout: inout ParameterLayout
    ) {
        hiddenSize = configuration.size
        self.runsBackward = runsBackward
        let initial = RecurrentInitializer(initializer, configuration)
        let gateColumns = hiddenSize * (configuration.cell == .lstm ? 4 : configuration.cell == .gru ? 3 : 1)
        let note = configuration.cell == .lstm ? "gates i, f, g, o" : configuration.cell == .gru ? "gates r, z, n" : nil
        if oneHot {
            weight = .oneHot(
                table: layout.addTable(
                    "\(name)/input_weight", rows: inputSize, width: gateColumns, initial.inputWeight, note: note))
        } else {
            weight = .dense(
                WeightMatrix(
                    layout.add(
                        "\(name)/input_weight", shape: [inputSize, gateColumns], initial.inputWeight, note: note)))
        }
        bias = layout.add(
            "\(name)/bias", shape: [gateColumns], initial.bias, note: note, doubledCount: initial.doubledBiases)
        let groups = configuration.cell == .gru ? [0..<2 * hiddenSize, 2 * hiddenSize..<gateColumns] : [0..<gateColumns]
        normalization = configuration.layerNorm
            ? InputNormalization(name: name, groups: groups, bias: bias, note: note, layout: &layout) : nil
        noBias = AlignedBuffer(count: oneHot && configuration.layerNorm ? gateColumns : 0)
        self.weightDrop = weightDrop > 0 ? WeightDrop(probability: weightDrop, name: name) : nil
        let design = CellDesign(name: name, configuration, initial)
        switch configuration.cell {
        case .elman:
            let function = ActivationFunction(rawValue: configuration.activation.rawValue) ?? .tanh
            cell = ElmanCell(design, function: function, layout: &layout)
        case .lstm:
            cell = LSTMCell(design, layout: &layout)
        case .gru where configuration.reset == .before:
            cell = ResetBeforeGRUCell(design, layout: &layout)
        case .gru:
            cell = ResetAfterGRUCell(design, layout: &layout)
        }
    }

    func pack(_ parameters: Parameters<Scalar>) {
        if case .dense(let weight) = weight { weight.pack(parameters) }
        droppedFor = nil
        if weightDrop == nil { cell.pack(parameters.dense, offset: cell.recurrentWeight.offset) }
    }

    /// Whether the cell has cell states beside the hidden states.
    var hasMemory: Bool { type(of: cell).hasMemory }

    /// Computes the states of all rows, in processing order.
    ///
    /// - Parameter initial: The states before the first step; nil: zeros.
    func forward(
        _ input: LayerInput<Scalar>, _ recurrence: Recurrence<Scalar>, _ parameters: Parameters<Scalar>,
        initial: DirectionState<Scalar>? = nil
    ) {
        let batch = recurrence.batch, clock = recurrence.team.clock
        clock.enter(.inputProjection)
        gates = gateMemory.reshaped(rows: batch.rows, columns: cell.gateColumns)
        hidden = hiddenMemory.reshaped(rows: batch.sequences + batch.rows, columns: hiddenSize)
        if let initial {
            copyRows(initial.hidden, rows: .all(batch.sequences), into: hidden, rows: .range(0..<batch.sequences))
        } else {
            clearRows(hidden, 0..<batch.sequences)
        }
        if let weightDrop, droppedFor != .some(recurrence.pass.trainingStep) {
            let (values, offset) = weightDrop.weight(cell.recurrentWeight, parameters, recurrence.pass)
            cell.pack(values, offset: offset)
            droppedFor = .some(recurrence.pass.trainingStep)
        }
        let index = runsBackward ? input.selection(batch.reversed) : input.index
        normalization?.begin(rows: batch.rows, parameters)
        let product = normalization?.product ?? gates
        let start: ProductStart = normalization == nil ? .bias(offset: bias.offset) : .zero
        recurrence.team.split(batch.rows, grain: 32) { range in
            let source = RowSelection(first: range.lowerBound, count: range.count, index: index)
            switch weight {
            case .dense(let weight):
                weight.multiply(
                    input.matrix, rows: source, from: start, bias: parameters.dense, into: product, rows: .range(range))
            case .oneHot(let table):
                gatherRows(
                    parameters.tables[table], rows: source, bias: normalization == nil ? parameters.dense : noBias,
                    offset: normalization == nil ? bias.offset : 0, into: product, rows: .range(range))
            }
            normalization?.forward(range, into: gates)
        }
        clock.enter(.recurrence)
        cell.forward(recurrence, gates: gates, hidden: hidden, initialMemory: initial?.memory, parameters: parameters)
    }

    /// The states after each sequence's last step, in memory of their own.
    func finalState(_ batch: PackedSequences) -> DirectionState<Scalar> {
        func last(_ states: Matrix<Scalar>) -> Matrix<Scalar> {
            let result = Matrix<Scalar>(rows: batch.sequences, columns: hiddenSize)
            copyRows(
                states.rows(batch.sequences..<batch.sequences + batch.rows), rows: .indexed(batch.lastRows),
                into: result,
                rows: .all(batch.sequences))
            return result
        }
        return DirectionState(hidden: last(hidden), memory: cell.memory.map(last))
    }

    /// Propagates gradients of the states to the input and sums those of the parameters.
    ///
    /// - Parameters:
    ///   - above: Gradient of the layer's output.
    ///   - columns: This direction's columns of it.
    ///   - rows: The rows gradients flow through.
    ///   - dInput: `[row, inputSize]` in natural order; nil: not needed.
    ///   - addsToInput: Whether `dInput` is added to, or overwritten.
    ///   - dFinal: Gradients of the states after each sequence's last step; nil: zeros.
    /// - Returns: Gradients of the initial states, valid until the next pass.
    @discardableResult
    func backward(
        _ above: OutputGradient<Scalar>, columns: Range<Int>, input: LayerInput<Scalar>, rows: GradientRows,
        dInput: Matrix<Scalar>?, addsToInput: Bool, dFinal: DirectionState<Scalar>? = nil,
        _ recurrence: Recurrence<Scalar>,
        into gradients: Gradients<Scalar>
    ) -> DirectionState<Scalar> {
        let batch = recurrence.batch, clock = recurrence.team.clock
        clock.enter(.recurrenceBackward)
        let dHidden: Matrix<Scalar>
        switch above {
        case .everyStep(let d) where !runsBackward:
            dHidden = d.columns(columns)
        case .everyStep(let d):
            dHidden = gradientMemory.reshaped(rows: batch.rows, columns: hiddenSize)
            copyRows(d.columns(columns), rows: .indexed(batch.reversed), into: dHidden, rows: .all(batch.rows))
        case .lastStep(let d):
            dHidden = gradientMemory.zeros(rows: batch.rows, columns: hiddenSize)
            copyRows(d.columns(columns), rows: .all(batch.sequences), into: dHidden, rows: .indexed(batch.lastRows))
        case .none:
            dHidden = gradientMemory.zeros(rows: batch.rows, columns: hiddenSize)
        }
        let carry = carryHidden.zeros(rows: batch.sequences, columns: hiddenSize)
        let carryCell = carryMemory.zeros(rows: batch.sequences, columns: hasMemory ? hiddenSize : 0)
        if let dFinal {
            copyRows(dFinal.hidden, rows: .all(batch.sequences), into: carry, rows: .all(batch.sequences))
            if let d = dFinal.memory {
                copyRows(d, rows: .all(batch.sequences), into: carryCell, rows: .all(batch.sequences))
            }
        }
        cell.backward(
            recurrence, liveSteps: rows.liveSteps, gates: gates, hidden: hidden, dHidden: dHidden, carry: carry,
            carryMemory: carryCell)

        clock.enter(.weightGradients)
        let sumsWithWeight = if case .dense = weight { normalization == nil } else { false }
        if !sumsWithWeight {
            columnSums(gates, index: rows.rows, leaves: rows.leaves, into: gradients.dense, offset: bias.offset)
        }
        normalization?.backward(gates, rows, into: gradients, team: recurrence.team)
        let dProduct = normalization?.gradient ?? gates
        let natural = runsBackward ? rows.reversedRows : rows.rows
        let inputRows = input.selection(natural)
        switch weight {
        case .dense(let weight):
            if let dInput {
                clock.enter(.inputBackward)
                // In the order they lie in, where all of them live.
                let all = RowSelection.all(batch.rows), isPart = rows.liveSteps != nil
                weight.backward(
                    dProduct, rows: isPart ? .indexed(rows.rows) : all,
                    from: addsToInput ? .accumulate : .zero, into: dInput,
                    rows: isPart ? .indexed(natural) : runsBackward ? .indexed(batch.reversed) : all,
                    team: recurrence.team)
                clock.enter(.weightGradients)
            }
            weight.sumGradient(
                input.matrix, index: inputRows, dProduct, index: rows.rows, leaves: rows.leaves,
                bias: sumsWithWeight ? bias : nil, into: gradients, team: recurrence.team)
        case .oneHot(let table):
            gradients.tables[table] = sparseRowGradient(ids: inputRows, dProduct, index: rows.rows, leaves: rows.leaves)
        }
        cell.sumGradients(
            rows, gates: gates, hidden: weightDrop?.scaled(hidden) ?? hidden, stateFactor: weightDrop?.stateFactor ?? 1,
            into: gradients, team: recurrence.team)
        weightDrop?.maskGradients(gradients, cell.recurrentWeight)
        return DirectionState(hidden: carry, memory: hasMemory ? carryCell : nil)
    }
}

/// The gradient of a layer's output.
public enum OutputGradient<Scalar: KernelScalar> {
    /// `[row, outputSize]` in natural order.
    case everyStep(Matrix<Scalar>)
    /// `[sequence, outputSize]`: only the state after each direction's last step was read.
    case lastStep(Matrix<Scalar>)
    /// No output was read: gradients come through the final states alone.
    case none
}
