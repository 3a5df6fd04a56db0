import Configuration
import Kernels

/// Emits tokens: a recurrent stack over what was emitted before, attention to a source as an option, an output layer.
///
/// In training it reads the whole target, each token predicted from those before (teacher forcing), all rows at once.
public final class SequenceDecoder<Scalar: KernelScalar> {
    public var stateShapes: [(size: Int, hasMemory: Bool)] { stack.stateShapes }
    private let stack: RecurrentStack<Scalar>
    private let attention: Attention<Scalar>?
    private let dropout: Dropout<Scalar>
    private let output: DenseLayer<Scalar>
    package let penalties: ActivationPenalties<Scalar>
    private var states = Matrix<Scalar>(rows: 0, columns: 0)  // what the output layer read, [row, H]
    private let team: ThreadTeam

    /// - Parameters:
    ///   - tokens: Of the vocabulary, which is what it reads and emits.
    ///   - sourceSize: Units of the states to look at.
    ///   - firstDropout: Number of the first of its dropouts among those of the network; there are one more than
    ///     layers.
    ///   - penalties: Strengths of activation regularisation and of temporal activation regularisation.
    public init(
        _ model: ModelConfiguration, layers: [ModelConfiguration.Layer], tokens: Int,
        attention score: ModelConfiguration.Attention,
        sourceSize: Int, firstDropout: Int, penalties: (activations: Double, changes: Double), team: ThreadTeam,
        layout: inout ParameterLayout
    ) {
        self.team = team
        self.penalties = ActivationPenalties(penalties)
        stack = RecurrentStack(
            name: "decoder/", reading: tokens, model, layers: layers, firstDropout: firstDropout, team: team,
            layout: &layout)
        switch score {
        case .none: attention = nil
        case .multiplicative, .additive:
            attention = Attention(
                score == .additive ? .additive : .multiplicative, stateSize: stack.outputSize, sourceSize: sourceSize,
                initializer: model.initializer, team: team, layout: &layout)
        }
        dropout = Dropout(
            probability: model.dropout, number: firstDropout + layers.count,
            isVariational: model.dropoutKind == .variational)
        output = DenseLayer(
            name: "output", inputSize: stack.outputSize, outputSize: tokens, function: nil,
            initializer: model.initializer,
            layout: &layout)
    }

    public func descriptions(_ layout: ParameterLayout) -> [LayerDescription] {
        var layers = stack.descriptions(layout, readsLast: false)
        if let attention { layers.append(attention.description) }
        layers.append(
            LayerDescription(
                name: "output", kind: "Dense (softmax)", outputShape: [.batch, .time, .size(output.outputSize)]))
        return layers
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        stack.pack(parameters)
        attention?.pack(parameters)
        output.pack(parameters)
    }

    /// Prepares the states to look at, once for all calls of `forward` that follow.
    public func read(_ source: Matrix<Scalar>) { attention?.read(source) }

    /// - Parameters:
    ///   - batch: The tokens before each token to emit.
    ///   - rows: The source each row looks at; nil: there is no attention.
    /// - Returns: Logits `[row, tokens]`, valid until the next pass.
    public func forward(
        _ batch: SequenceInput<Scalar>, initial: RecurrentState<Scalar>, _ rows: AttentionRows?, _ pass: Pass,
        _ parameters: Parameters<Scalar>
    ) -> Matrix<Scalar> {
        stack.forward(batch, pass, parameters, initial: initial)
        var x = stack.everyStep(batch.packed)
        if let attention, let rows {
            x = attention.forward(x, rows, parameters)
            team.probe.look("attention", x)
        }
        states = dropout.forward(x, pass, examples: batch.rowExamples, times: batch.rowTimes)
        return output.forward(states, parameters, team: team)
    }

    /// The states after the last pass.
    public func finalState(_ packed: PackedSequences) -> RecurrentState<Scalar> { stack.finalState(packed) }

    /// Sums the gradients of all parameters.
    ///
    /// - Parameters:
    ///   - d: Gradient of the logits; overwritten.
    ///   - batch: What `forward` read.
    /// - Returns: Gradients of the initial state and of the states looked at (nil without attention), valid until the
    ///   next pass.
    public func backward(
        _ d: Matrix<Scalar>, _ batch: SequenceInput<Scalar>, _ rows: AttentionRows?, _ pass: Pass,
        _ parameters: Parameters<Scalar>,
        into gradients: Gradients<Scalar>
    ) -> (initial: RecurrentState<Scalar>, source: Matrix<Scalar>?) {
        let gradientRows = batch.packed.gradientRows(liveSteps: nil)
        var d = output.backward(d, index: gradientRows.rows, leaves: gradientRows.leaves, into: gradients, team: team)
        penalties.penalize(states, into: d)
        dropout.backward(d)
        var dSource: Matrix<Scalar>?
        if let attention, let rows {
            (d, dSource) = attention.backward(d, rows, rows: gradientRows, parameters, into: gradients)
        }
        penalties.penalizeSteps(stack.everyStep(batch.packed), batch.packed, into: d)
        return (stack.backward(.everyStep(d), batch, pass, into: gradients), dSource)
    }
}
