import Configuration
import Kernels

/// Input and recurrent layers: from sequences to a vector for every time step.
public final class RecurrentStack<Scalar: KernelScalar> {
    public let outputSize: Int
    /// Hidden size, and whether there are cell states, of every direction of every layer.
    public let stateShapes: [(size: Int, hasMemory: Bool)]
    /// Gradient of the rows a `.rows` input was given, `[row, width]`, after `backward`; valid until the next pass.
    public private(set) var inputGradient: Matrix<Scalar>?
    /// The number of the embedding's table; nil: the input has none.
    public var embeddingTable: Int? { if case .embedding(let table, _) = input { table } else { nil } }
    private let name: String
    private let input: Input
    private let layers: [RecurrentLayer<Scalar>]
    private let kinds: [ModelConfiguration.Layer]
    private let dropouts: [Dropout<Scalar>]  // dropouts[i] follows layer i, but for the last
    private let inputDropout: Dropout<Scalar>?
    private let embeddingDropout: EmbeddingDropout<Scalar>?
    /// Whether anything needs the example and time step of a row.
    private let hasMasks: Bool
    private var embeddedMemory = ReusedMatrix<Scalar>()
    private let team: ThreadTeam
    private var layerGradients: [ReusedMatrix<Scalar>]  // [i]: of layer i's input
    private var inputs: [LayerInput<Scalar>] = []

    /// What the first layer reads.
    public enum InputKind {
        /// Token numbers, as rows of the first layer's weights.
        case oneHot(tokens: Int)
        /// Token numbers, as rows of a table `[tokens, width]`.
        case embedding(tokens: Int, width: Int, InitialValues, isTrained: Bool)
        /// Numbers that need no gradient.
        case features(width: Int)
        /// What another layer has computed: `inputGradient` is its gradient.
        case rows(width: Int)

        /// What a model's configuration asks for.
        ///
        /// - Parameters:
        ///   - inputSize: Tokens of the vocabulary, or numeric features of a time step.
        ///   - vectors: Pretrained rows of the embedding, row-major.
        public init(_ model: ModelConfiguration, inputSize: Int, vectors: (values: [Float], width: Int)?) {
            switch model.input {
            case .oneHot: self = .oneHot(tokens: inputSize)
            case .features: self = .features(width: inputSize)
            case .embedding(let size):
                self = .embedding(tokens: inputSize, width: size, .embedding(model.initializer), isTrained: true)
            case .vectors(_, let isTrained):
                self = .embedding(
                    tokens: inputSize, width: vectors?.width ?? 0, vectors.map { .given($0.values) } ?? .constant(0),
                    isTrained: isTrained)
            }
        }
    }

    private enum Input {
        case oneHot
        case embedding(table: Int, isTrained: Bool)
        case features
        case rows
    }

    /// - Parameters:
    ///   - name: Prefix of the parameters' names, such as `encoder/`.
    ///   - layers: Input side first.
    ///   - dropout: Probability of dropping a unit between two layers.
    ///   - firstDropout: Number of the first of these dropouts among those of the network.
    public init(
        name: String = "", _ kind: InputKind, layers configurations: [ModelConfiguration.Layer],
        initializer: ModelConfiguration.Initializer, dropout: Double, firstDropout: Int = 0,
        regularizers: Regularizers = .none,
        team: ThreadTeam, layout: inout ParameterLayout
    ) {
        self.name = name
        self.team = team
        kinds = configurations
        var width: Int, isOneHot = false
        switch kind {
        case .oneHot(let tokens):
            input = .oneHot
            width = tokens
            isOneHot = true
        case .embedding(let tokens, let size, let initial, let isTrained):
            let table = layout.addTable(
                "\(name)embedding/weight", rows: tokens, width: size, initial, isTrained: isTrained)
            input = .embedding(table: table, isTrained: isTrained)
            width = size
        case .features(let size):
            input = .features
            width = size
        case .rows(let size):
            input = .rows
            width = size
        }
        var layers: [RecurrentLayer<Scalar>] = []
        for (number, layer) in configurations.enumerated() {
            layers.append(
                RecurrentLayer(
                    name: "\(name)layers/\(number)", inputSize: width, oneHot: number == 0 && isOneHot, layer,
                    initializer: initializer, weightDrop: regularizers.weightDrop, layout: &layout))
            width = layers[number].outputSize
        }
        self.layers = layers
        dropouts = layers.indices.dropLast().map {
            Dropout(probability: dropout, number: firstDropout + $0, isVariational: regularizers.isVariational)
        }
        // Numbers far above those of dropouts between layers.
        inputDropout = regularizers.inputDropout > 0
            ? Dropout(
                probability: regularizers.inputDropout,
                number: regularizers.inputDropoutNumber ?? 1 << 20 + firstDropout,
                isVariational: regularizers.isVariational)
            : nil
        embeddingDropout = regularizers.embeddingDropout > 0
            ? EmbeddingDropout(probability: regularizers.embeddingDropout, name: name) : nil
        hasMasks =
            layers.count > 1 || inputDropout != nil || configurations.contains { $0.zoneout > 0 || $0.zoneoutCell > 0 }
        layerGradients = layers.map { _ in ReusedMatrix() }
        stateShapes = layers.flatMap(\.directionShapes)
        outputSize = width
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        for layer in layers { layer.pack(parameters) }
    }

    /// Computes the states of all layers for every time step.
    ///
    /// - Parameter initial: The states before the first step; nil: zeros.
    public func forward(
        _ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>,
        initial: RecurrentState<Scalar>? = nil
    ) {
        team.clock.enter(.inputProjection)
        let packed = batch.packed
        let recurrence = Recurrence(batch, pass, hasMasks: hasMasks, team: team)
        inputs = [dropped(firstInput(batch, pass, parameters), recurrence)]
        if let features = batch.features { team.probe.look("\(name)input", features) }
        var initial = initial?.directions[...] ?? []
        for (number, layer) in layers.enumerated() {
            layer.forward(inputs[number], recurrence, parameters, initial: initial)
            team.probe.look("\(name)layers/\(number)", layer.everyStep(packed))
            initial = initial.dropFirst(layer.directionShapes.count)
            if number + 1 < layers.count {
                let output = dropouts[number].forward(
                    layer.everyStep(packed), pass, examples: recurrence.examples, times: recurrence.times)
                inputs.append(LayerInput(matrix: output, index: nil))
            }
        }
    }

    /// What the top layer computed for every row in natural order, `[row, outputSize]`; valid until the next pass.
    public func everyStep(_ packed: PackedSequences) -> Matrix<Scalar> { layers[layers.count - 1].everyStep(packed) }

    /// The state after each direction's last step, `[sequence, outputSize]`.
    public func lastStep(_ packed: PackedSequences, into output: Matrix<Scalar>) {
        layers[layers.count - 1].lastStep(packed, into: output)
    }

    /// The states after each sequence's last step, in memory of their own.
    public func finalState(_ packed: PackedSequences) -> RecurrentState<Scalar> {
        RecurrentState(directions: layers.flatMap { $0.finalState(packed) })
    }

    /// Sums the gradients of all parameters of the stack.
    ///
    /// - Parameters:
    ///   - d: Gradient of what the top layer computed; overwritten.
    ///   - dFinal: Gradients of the final states; nil: zeros.
    /// - Returns: Gradients of the initial states, valid until the next pass.
    @discardableResult
    public func backward(
        _ d: OutputGradient<Scalar>, dFinal: RecurrentState<Scalar>? = nil, _ batch: SequenceInput<Scalar>,
        _ pass: Pass,
        into gradients: Gradients<Scalar>
    ) -> RecurrentState<Scalar> {
        team.clock.enter(.recurrenceBackward)
        let packed = batch.packed
        let recurrence = Recurrence(batch, pass, hasMasks: false, team: team)
        var above = d
        // Where only the state after the last step was read, truncation leaves only the last steps alive.
        var liveSteps: Int?
        if case .lastStep = d { liveSteps = pass.truncation }
        var rows = packed.gradientRows(liveSteps: liveSteps)
        var dInitial: [DirectionState<Scalar>] = []
        var end = dFinal?.directions.count ?? 0
        for number in layers.indices.reversed() {
            // That goes on below, as long as every layer above runs forward alone.
            if rows.liveSteps != nil && number + 1 < layers.count
                && (layers[number].isBidirectional || layers[number + 1].isBidirectional)
            {
                rows = packed.gradientRows(liveSteps: nil)
            }
            let first = max(0, end - layers[number].directionShapes.count)
            let dInput = roomForInputGradient(number, packed, rows, above)
            dInitial = layers[number].backward(
                    above, input: inputs[number], rows: rows, dInput: dInput,
                    dFinal: dFinal?.directions[first..<end] ?? [], recurrence,
                into: gradients) + dInitial
            end = first
            guard let dInput else { continue }
            if number > 0 {
                dropouts[number - 1].backward(dInput)
                above = .everyStep(dInput)
                continue
            }
            inputDropout?.backward(dInput)
            embeddingDropout?.backward(dInput)
            if case .embedding(let table, true) = input {
                // Of two directions each has live steps at an end of its own.
                let read =
                    layers[0].isBidirectional && rows.liveSteps != nil ? packed.gradientRows(liveSteps: nil) : rows
                gradients.tables[table] = sparseRowGradient(
                    ids: LayerInput(matrix: dInput, index: batch.tokens).selection(read.rows), dInput, index: read.rows,
                    leaves: read.leaves)
            } else {
                inputGradient = dInput
            }
        }
        return RecurrentState(directions: dInitial)
    }

    private func firstInput(
        _ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>
    ) -> LayerInput<Scalar> {
        switch input {
        case .features, .rows:
            guard let features = batch.features else { preconditionFailure("a network over numbers needs numbers") }
            return LayerInput(matrix: features, index: nil)
        case .embedding(let table, _):
            if let tokens = batch.tokens,
                let rows = embeddingDropout?.forward(parameters.tables[table], tokens: tokens, pass)
            {
                return LayerInput(matrix: rows, index: nil)
            }
            return LayerInput(matrix: parameters.tables[table], index: batch.tokens)
        case .oneHot:
            // Only the index matters: each direction gathers rows of its own input weights.
            return LayerInput(matrix: parameters.tables[0], index: batch.tokens)
        }
    }

    /// The first layer's input with units dropped.
    private func dropped(_ input: LayerInput<Scalar>, _ recurrence: Recurrence<Scalar>) -> LayerInput<Scalar> {
        guard let inputDropout, recurrence.pass.trainingStep != nil else { return input }
        var rows = input.matrix
        if let index = input.index {
            rows = embeddedMemory.reshaped(rows: index.count, columns: input.matrix.columns)
            copyRows(input.matrix, rows: .indexed(index), into: rows, rows: .all(index.count))
        }
        let output = inputDropout.forward(rows, recurrence.pass, examples: recurrence.examples, times: recurrence.times)
        return LayerInput(matrix: output, index: nil)
    }

    /// Room for the gradient of layer `number`'s input, zeros where not all rows live; nil where nobody needs it.
    ///
    /// - Parameter above: Gradient of the layer's output. One direction has gone through all of it before it writes the
    ///   input's, which then takes its place.
    private func roomForInputGradient(
        _ number: Int, _ packed: PackedSequences, _ rows: GradientRows, _ above: OutputGradient<Scalar>
    ) -> Matrix<Scalar>? {
        if number == 0 {
            switch input {
            case .oneHot, .features, .embedding(_, isTrained: false): return nil
            case .embedding, .rows: break
            }
        }
        let columns = inputs[number].matrix.columns
        if case .everyStep(let d) = above, d.columns == columns, !layers[number].isBidirectional, rows.liveSteps == nil {
            return d
        }
        return rows.liveSteps == nil
            ? layerGradients[number].reshaped(rows: packed.rows, columns: columns)
            : layerGradients[number].zeros(rows: packed.rows, columns: columns)
    }
}

extension RecurrentStack {
    /// A stack that reads tokens for a task with several of them.
    ///
    /// - Parameters:
    ///   - tokens: Of the vocabulary.
    ///   - firstDropout: Number of the first of its dropouts, that of the input, among those of the network; there are
    ///     as many as layers.
    public convenience init(
        name: String, reading tokens: Int, _ model: ModelConfiguration, layers: [ModelConfiguration.Layer],
        firstDropout: Int,
        team: ThreadTeam, layout: inout ParameterLayout
    ) {
        self.init(
            name: name, .init(model, inputSize: tokens, vectors: nil), layers: layers, initializer: model.initializer,
            dropout: model.dropout, firstDropout: firstDropout + 1,
            regularizers: Regularizers(model).numberingInput(firstDropout),
            team: team, layout: &layout)
    }
}

extension InitialValues {
    /// PyTorch's and Keras' defaults for an embedding.
    public static func embedding(_ initializer: ModelConfiguration.Initializer) -> InitialValues {
        initializer == .keras ? .uniform(limit: 0.05) : .normal(deviation: 1)
    }
}

extension RecurrentStack {
    /// The layers as `rnn-dist summary` shows them.
    ///
    /// - Parameter readsLast: Only the state after the last step is used.
    public func descriptions(_ layout: ParameterLayout, readsLast: Bool) -> [LayerDescription] {
        var layers: [LayerDescription] = []
        if let table = layout.tables.first(where: { $0.name == "\(name)embedding/weight" }) {
            layers.append(
                LayerDescription(
                    name: "\(name)embedding", kind: table.isTrained ? "Embedding" : "Embedding, frozen",
                    outputShape: [.batch, .time, .size(table.width)], isTrained: table.isTrained))
        }
        for (number, layer) in kinds.enumerated() {
            let width = layer.size * (layer.bidirectional ? 2 : 1)
            let prefix = layer.layerNorm ? "Normalized " : ""
            let cell =
                prefix
                + (layer.cell == .elman ? "Elman (\(layer.activation.rawValue))" : layer.cell.rawValue.uppercased())
            layers.append(
                LayerDescription(
                    name: "\(name)layers/\(number)", kind: layer.bidirectional ? "Bidirectional \(cell)" : cell,
                    outputShape: readsLast && number == kinds.count - 1
                        ? [.batch, .size(width)] : [.batch, .time, .size(width)]))
        }
        return layers
    }
}
