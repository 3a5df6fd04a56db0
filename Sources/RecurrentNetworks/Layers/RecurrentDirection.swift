import Configuration
import Kernels

/// One direction of a recurrent layer: the input's product for all time steps at once, then the cell's recurrence.
///
///     a = x W + b for every row;  h = cell(a)
final class RecurrentDirection<Scalar: KernelScalar> {
    let hiddenSize: Int
    let runsBackward: Bool
    private let cell: any RecurrentCell<Scalar>
    private let bias: ParameterSlice
    private let weight: InputWeight
    private var gateMemory = ReusedMatrix<Scalar>(), hiddenMemory = ReusedMatrix<Scalar>(), gradientMemory = ReusedMatrix<Scalar>()
    private var gates = Matrix<Scalar>(rows: 0, columns: 0)  // [row, G·H] in processing order
    private(set) var hidden = Matrix<Scalar>(rows: 0, columns: 0)  // [initial + row, H]

    private enum InputWeight {
        case dense(ParameterSlice, PackedMatrix<Scalar>, PackedMatrix<Scalar>)  // W [D, G·H]
        case oneHot(table: Int)  // W [V, G·H], a row each token
    }

    init(
        name: String, inputSize: Int, oneHot: Bool, runsBackward: Bool, _ configuration: ModelConfiguration.Layer,
        initializer: ModelConfiguration.Initializer, layout: inout ParameterLayout
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
                layout.add("\(name)/input_weight", shape: [inputSize, gateColumns], initial.inputWeight, note: note),
                PackedMatrix(inputs: inputSize, outputs: gateColumns), PackedMatrix(inputs: gateColumns, outputs: inputSize))
        }
        bias = layout.add(
            "\(name)/bias", shape: [gateColumns], initial.bias, note: note, doubledCount: initial.doubledBiases)
        switch configuration.cell {
        case .elman:
            let function = ActivationFunction(rawValue: configuration.activation.rawValue) ?? .tanh
            cell = ElmanCell(name: name, hiddenSize: hiddenSize, function: function, initializer: initial, layout: &layout)
        case .lstm:
            cell = LSTMCell(name: name, hiddenSize: hiddenSize, initializer: initial, layout: &layout)
        case .gru where configuration.reset == .before:
            cell = ResetBeforeGRUCell(name: name, hiddenSize: hiddenSize, initializer: initial, layout: &layout)
        case .gru:
            cell = ResetAfterGRUCell(name: name, hiddenSize: hiddenSize, initializer: initial, layout: &layout)
        }
    }

    func pack(_ parameters: Parameters<Scalar>) {
        if case .dense(let slice, let packed, let transposed) = weight {
            packed.pack(parameters.matrix(slice))
            transposed.packTransposed(parameters.matrix(slice))
        }
        cell.pack(parameters)
    }

    /// Computes the states of all rows, in processing order.
    func forward(_ input: LayerInput<Scalar>, _ recurrence: Recurrence<Scalar>, _ parameters: Parameters<Scalar>) {
        let batch = recurrence.batch
        gates = gateMemory.reshaped(rows: batch.rows, columns: cell.gateColumns)
        hidden = hiddenMemory.reshaped(rows: batch.sequences + batch.rows, columns: hiddenSize)
        clearRows(hidden, 0..<batch.sequences)
        let index = runsBackward ? input.selection(batch.reversed) : input.index
        recurrence.team.split(batch.rows, grain: 32) { range in
            let source = RowSelection(first: range.lowerBound, count: range.count, index: index)
            switch weight {
            case .dense(_, let packed, _):
                multiply(
                    input.matrix, rows: source, by: packed, from: .bias(offset: bias.offset), bias: parameters.dense, into: gates,
                    rows: .range(range))
            case .oneHot(let table):
                gatherRows(
                    parameters.tables[table], rows: source, bias: parameters.dense, offset: bias.offset, into: gates,
                    rows: .range(range))
            }
        }
        cell.forward(recurrence, gates: gates, hidden: hidden, parameters: parameters)
    }

    /// Propagates gradients of the states to the input and sums those of the parameters.
    ///
    /// - Parameters:
    ///   - above: Gradient of the layer's output.
    ///   - columns: This direction's columns of it.
    ///   - rows: The rows gradients flow through.
    ///   - dInput: `[row, inputSize]` in natural order, added to; nil: not needed.
    func backward(
        _ above: OutputGradient<Scalar>, columns: Range<Int>, input: LayerInput<Scalar>, rows: GradientRows,
        dInput: Matrix<Scalar>?, _ recurrence: Recurrence<Scalar>, into gradients: Gradients<Scalar>
    ) {
        let batch = recurrence.batch
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
        }
        cell.backward(recurrence, liveSteps: rows.liveSteps, gates: gates, hidden: hidden, dHidden: dHidden)

        let natural = runsBackward ? rows.reversedRows : rows.rows
        let inputRows = input.selection(natural)
        switch weight {
        case .dense(let slice, _, let transposed):
            if let dInput {
                recurrence.team.split(rows.rows.count, grain: 32) { range in
                    multiply(
                        gates, rows: RowSelection.indexed(rows.rows).part(range), by: transposed, from: .accumulate, into: dInput,
                        rows: RowSelection.indexed(natural).part(range))
                }
            }
            sumWeightGradient(
                input.matrix, index: inputRows, gates, index: rows.rows, leaves: rows.leaves, into: gradients,
                offset: slice.offset, team: recurrence.team)
        case .oneHot(let table):
            gradients.tables[table] = sparseRowGradient(ids: inputRows, gates, index: rows.rows, leaves: rows.leaves)
        }
        columnSums(gates, index: rows.rows, leaves: rows.leaves, into: gradients.dense, offset: bias.offset)
        cell.sumGradients(rows, gates: gates, hidden: hidden, into: gradients, team: recurrence.team)
    }
}

/// The gradient of a layer's output.
enum OutputGradient<Scalar: KernelScalar> {
    /// `[row, outputSize]` in natural order.
    case everyStep(Matrix<Scalar>)
    /// `[sequence, outputSize]`: only the state after each direction's last step was read.
    case lastStep(Matrix<Scalar>)
}
