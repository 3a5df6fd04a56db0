import Configuration
import Kernels

/// Input and recurrent layers: from sequences to one vector each.
public final class SequenceEncoder<Scalar: KernelScalar> {
    public let outputSize: Int
    private let input: InputKind
    private let layers: [RecurrentLayer<Scalar>]
    private let dropouts: [Dropout<Scalar>]  // dropouts[i] follows layer i
    private let readout: ModelConfiguration.Readout
    private let team: ThreadTeam
    private var embeddingGradient = ReusedMatrix<Scalar>(), readoutMemory = ReusedMatrix<Scalar>()
    private var layerGradients: [ReusedMatrix<Scalar>], readoutGradient = ReusedMatrix<Scalar>()
    private var inputs: [LayerInput<Scalar>] = []
    private var maximumRows = AlignedBuffer<Int32>(count: 0)

    private enum InputKind {
        case oneHot
        case embedding(table: Int, isTrained: Bool)
        case features
    }

    /// - Parameters:
    ///   - inputSize: Tokens of the vocabulary, or numeric features of a time step.
    ///   - vectors: Pretrained rows of the embedding, row-major.
    public init(
        _ model: ModelConfiguration, inputSize: Int, vectors: (values: [Float], width: Int)? = nil, team: ThreadTeam,
        layout: inout ParameterLayout
    ) {
        self.team = team
        readout = model.readout
        var width = inputSize
        switch model.input {
        case .oneHot: input = .oneHot
        case .features: input = .features
        case .embedding(let size):
            let initial: InitialValues = model.initializer == .keras ? .uniform(limit: 0.05) : .normal(deviation: 1)
            input = .embedding(
                table: layout.addTable("embedding/weight", rows: inputSize, width: size, initial), isTrained: true)
            width = size
        case .vectors(_, let trainable):
            width = vectors?.width ?? 0
            let initial: InitialValues = vectors.map { .given($0.values) } ?? .constant(0)
            input = .embedding(
                table: layout.addTable("embedding/weight", rows: inputSize, width: width, initial, isTrained: trainable),
                isTrained: trainable)
        }
        var layers: [RecurrentLayer<Scalar>] = []
        for (number, layer) in model.layers.enumerated() {
            layers.append(
                RecurrentLayer(
                    name: "layers/\(number)", inputSize: width, oneHot: number == 0 && model.input == .oneHot, layer,
                    initializer: model.initializer, layout: &layout))
            width = layers[number].outputSize
        }
        self.layers = layers
        dropouts = layers.indices.map { Dropout(probability: model.dropout, number: $0) }
        layerGradients = layers.map { _ in ReusedMatrix() }
        outputSize = width
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        for layer in layers { layer.pack(parameters) }
    }

    /// - Returns: `[sequence, outputSize]`, sequences in packed order; valid until the next pass.
    public func forward(_ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>) -> Matrix<Scalar> {
        let packed = batch.packed
        let recurrence = Recurrence<Scalar>(batch: packed, truncation: pass.truncation, team: team)
        let dropsUnits = pass.trainingStep != nil
        let rowExamples = dropsUnits ? batch.rowExamples : batch.examples
        let rowTimes = dropsUnits ? batch.rowTimes : batch.examples
        inputs = [firstInput(batch, parameters)]
        for (number, layer) in layers.enumerated() {
            layer.forward(inputs[number], recurrence, parameters)
            if number + 1 < layers.count {
                let output = dropouts[number].forward(
                    layer.everyStep(packed), pass, examples: rowExamples, times: rowTimes)
                inputs.append(LayerInput(matrix: output, index: nil))
            }
        }
        let top = layers[layers.count - 1]
        let vector = readoutMemory.reshaped(rows: packed.sequences, columns: outputSize)
        switch readout {
        case .last: top.lastStep(packed, into: vector)
        case .mean: meanOverTime(top.everyStep(packed), packed, into: vector)
        case .max:
            if maximumRows.count < packed.sequences * outputSize { maximumRows = AlignedBuffer(count: packed.sequences * outputSize) }
            maxOverTime(top.everyStep(packed), packed, into: vector, rows: maximumRows)
        }
        let zeroTimes = AlignedBuffer<Int32>(count: packed.sequences)
        return dropouts[layers.count - 1].forward(vector, pass, examples: batch.examples, times: zeroTimes)
    }

    /// Sums the gradients of all parameters of the encoder.
    ///
    /// - Parameter d: Gradient of what `forward` returned; overwritten.
    public func backward(_ d: Matrix<Scalar>, _ batch: SequenceInput<Scalar>, _ pass: Pass, into gradients: Gradients<Scalar>) {
        let packed = batch.packed
        let recurrence = Recurrence<Scalar>(batch: packed, truncation: pass.truncation, team: team)
        dropouts[layers.count - 1].backward(d)
        var above: OutputGradient<Scalar>
        switch readout {
        case .last: above = .lastStep(d)
        case .mean:
            let every = readoutGradient.reshaped(rows: packed.rows, columns: outputSize)
            meanOverTimeGradient(d, packed, into: every)
            above = .everyStep(every)
        case .max:
            let every = readoutGradient.reshaped(rows: packed.rows, columns: outputSize)
            maxOverTimeGradient(d, packed, into: every, rows: maximumRows)
            above = .everyStep(every)
        }
        var rows = packed.gradientRows(liveSteps: readout == .last ? pass.truncation : nil)
        for number in layers.indices.reversed() {
            // Truncation leaves only the last steps alive, as long as every layer above runs forward alone.
            if rows.liveSteps != nil && number + 1 < layers.count && (layers[number].isBidirectional || layers[number + 1].isBidirectional) {
                rows = packed.gradientRows(liveSteps: nil)
            }
            let dInput = inputGradient(number, packed)
            layers[number].backward(above, input: inputs[number], rows: rows, dInput: dInput, recurrence, into: gradients)
            if number > 0, let dInput {
                dropouts[number - 1].backward(dInput)
                above = .everyStep(dInput)
            } else if case .embedding(let table, true) = input, let dInput {
                // Of two directions each has live steps at an end of its own.
                let read = layers[0].isBidirectional && rows.liveSteps != nil ? packed.gradientRows(liveSteps: nil) : rows
                gradients.tables[table] = sparseRowGradient(
                    ids: inputs[0].selection(read.rows), dInput, index: read.rows, leaves: read.leaves)
            }
        }
    }

    private func firstInput(_ batch: SequenceInput<Scalar>, _ parameters: Parameters<Scalar>) -> LayerInput<Scalar> {
        switch input {
        case .features:
            guard let features = batch.features else { preconditionFailure("a network over features needs features") }
            return LayerInput(matrix: features, index: nil)
        case .embedding(let table, _):
            return LayerInput(matrix: parameters.tables[table], index: batch.tokens)
        case .oneHot:
            // Only the index matters: each direction gathers rows of its own input weights.
            return LayerInput(matrix: parameters.tables[0], index: batch.tokens)
        }
    }

    /// Room for the gradient of layer `number`'s input, zeros; nil where nobody needs it.
    private func inputGradient(_ number: Int, _ packed: PackedSequences) -> Matrix<Scalar>? {
        if number == 0 {
            guard case .embedding(_, true) = input else { return nil }
            return embeddingGradient.zeros(rows: packed.rows, columns: inputs[0].matrix.columns)
        }
        return layerGradients[number].zeros(rows: packed.rows, columns: inputs[number].matrix.columns)
    }
}
