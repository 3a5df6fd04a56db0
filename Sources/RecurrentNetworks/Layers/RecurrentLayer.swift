import Configuration
import Kernels

/// A recurrent layer: one direction, or two side by side.
final class RecurrentLayer<Scalar: KernelScalar> {
    let outputSize: Int
    let isBidirectional: Bool
    private let directions: [RecurrentDirection<Scalar>]
    private let stage: GradientStage
    private var outputMemory = ReusedMatrix<Scalar>()

    init(
        name: String, inputSize: Int, oneHot: Bool, _ configuration: ModelConfiguration.Layer,
        initializer: ModelConfiguration.Initializer, weightDrop: Double, layout: inout ParameterLayout
    ) {
        isBidirectional = configuration.bidirectional
        let first = layout.denseCount
        var directions: [RecurrentDirection<Scalar>] = []
        for runsBackward in configuration.bidirectional ? [false, true] : [false] {
            directions.append(
                RecurrentDirection(
                    name: "\(name)/\(runsBackward ? "backward" : "forward")", inputSize: inputSize, oneHot: oneHot,
                    runsBackward: runsBackward, configuration, initializer: initializer, weightDrop: weightDrop,
                    layout: &layout))
        }
        self.directions = directions
        stage = layout.endStage(since: first)
        outputSize = configuration.size * directions.count
    }

    func pack(_ parameters: Parameters<Scalar>) {
        for direction in directions { direction.pack(parameters) }
    }

    /// Hidden size, and whether there are cell states, of each direction.
    var directionShapes: [(size: Int, hasMemory: Bool)] { directions.map { ($0.hiddenSize, $0.hasMemory) } }

    /// - Parameter initial: A state for each direction; empty: zeros.
    func forward(
        _ input: LayerInput<Scalar>, _ recurrence: Recurrence<Scalar>, _ parameters: Parameters<Scalar>,
        initial: ArraySlice<DirectionState<Scalar>> = []
    ) {
        for (number, direction) in directions.enumerated() {
            direction.forward(input, recurrence, parameters, initial: initial.dropFirst(number).first)
        }
    }

    /// The states after each sequence's last step.
    func finalState(_ batch: PackedSequences) -> [DirectionState<Scalar>] { directions.map { $0.finalState(batch) } }

    /// The states of every row in natural order, `[row, outputSize]`: forward, then backward direction.
    func everyStep(_ batch: PackedSequences) -> Matrix<Scalar> {
        let states = batch.sequences..<batch.sequences + batch.rows
        if directions.count == 1 { return directions[0].hidden.rows(states) }
        let output = outputMemory.reshaped(rows: batch.rows, columns: outputSize)
        for (number, direction) in directions.enumerated() {
            copyRows(
                direction.hidden.rows(states), rows: .all(batch.rows), into: output.columns(columns(number)),
                rows: direction.runsBackward ? .indexed(batch.reversed) : .all(batch.rows))
        }
        return output
    }

    /// The state after each direction's last step, `[sequence, outputSize]`.
    func lastStep(_ batch: PackedSequences, into output: Matrix<Scalar>) {
        let states = batch.sequences..<batch.sequences + batch.rows
        for (number, direction) in directions.enumerated() {
            copyRows(
                direction.hidden.rows(states), rows: .indexed(batch.lastRows), into: output.columns(columns(number)),
                rows: .all(batch.sequences))
        }
    }

    /// - Parameters:
    ///   - dInput: `[row, inputSize]`, receives the gradient of the input; zeros before, where not all rows live; nil:
    ///     not needed.
    ///   - dFinal: Gradients of the final states, for each direction; empty: zeros.
    /// - Returns: Gradients of the initial states, valid until the next pass.
    func backward(
        _ above: OutputGradient<Scalar>, input: LayerInput<Scalar>, rows: GradientRows, dInput: Matrix<Scalar>?,
        dFinal: ArraySlice<DirectionState<Scalar>> = [], _ recurrence: Recurrence<Scalar>,
        into gradients: Gradients<Scalar>
    ) -> [DirectionState<Scalar>] {
        let dInitial = directions.enumerated().map { number, direction in
            direction.backward(
                above, columns: columns(number), input: input, rows: rows, dInput: dInput,
                addsToInput: number > 0 || rows.liveSteps != nil, dFinal: dFinal.dropFirst(number).first, recurrence,
                into: gradients)
        }
        gradients.complete(stage)
        return dInitial
    }

    private func columns(_ direction: Int) -> Range<Int> {
        let size = outputSize / directions.count
        return direction * size..<(direction + 1) * size
    }
}
