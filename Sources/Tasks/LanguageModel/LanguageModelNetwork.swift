import Configuration
import Kernels
import RecurrentNetworks

/// A recurrent language model: the distribution of the next token at every time step.
///
///     h = stack(x)    p(next token | tokens so far) = softmax(h W + b)
///
/// - Source: Mikolov et al. 2010; with LSTM layers and dropout between them: Zaremba et al. 2014.
public final class LanguageModelNetwork<Scalar: KernelScalar> {
    public let layout: ParameterLayout
    private let stack: RecurrentStack<Scalar>
    private let dropout: Dropout<Scalar>
    private let output: DenseLayer<Scalar>
    private let team: ThreadTeam

    /// - Parameters:
    ///   - tokens: Entries of the vocabulary.
    ///   - vectors: Pretrained rows of the embedding.
    public init(_ model: ModelConfiguration, tokens: Int, vectors: (values: [Float], width: Int)? = nil, team: ThreadTeam) {
        self.team = team
        var layout = ParameterLayout()
        stack = RecurrentStack(
            .init(model, inputSize: tokens, vectors: vectors), layers: model.layers, initializer: model.initializer,
            dropout: model.dropout, team: team, layout: &layout)
        dropout = Dropout(probability: model.dropout, number: model.layers.count - 1)
        output = DenseLayer(
            name: "output", inputSize: stack.outputSize, outputSize: tokens, function: nil, initializer: model.initializer,
            layout: &layout)
        self.layout = layout
    }

    /// Hidden size, and whether there are cell states, of each layer.
    public var stateShapes: [(size: Int, hasMemory: Bool)] { stack.stateShapes }

    public var layers: [LayerDescription] {
        stack.descriptions(layout, readsLast: false)
            + [LayerDescription(name: "output", kind: "Dense (softmax)", outputShape: [.batch, .time, .size(output.outputSize)])]
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        stack.pack(parameters)
        output.pack(parameters)
    }

    /// - Parameter initial: The states that the tokens before left behind; nil: zeros.
    /// - Returns: Logits `[row, tokens]`, valid until the next pass.
    public func forward(
        _ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>, initial: RecurrentState<Scalar>?
    ) -> Matrix<Scalar> {
        stack.forward(batch, pass, parameters, initial: initial)
        let states = dropout.forward(
            stack.everyStep(batch.packed), pass, examples: batch.rowExamples, times: batch.rowTimes)
        return output.forward(states, parameters, team: team)
    }

    /// The states after each sequence's last token, in memory of their own.
    public func finalState(_ packed: PackedSequences) -> RecurrentState<Scalar> { stack.finalState(packed) }

    /// - Parameter d: Gradient of the logits; overwritten.
    public func backward(_ d: Matrix<Scalar>, _ batch: SequenceInput<Scalar>, _ pass: Pass, into gradients: Gradients<Scalar>) {
        let rows = batch.packed.gradientRows(liveSteps: nil)
        let dStates = output.backward(d, index: rows.rows, leaves: rows.leaves, into: gradients, team: team)
        dropout.backward(dStates)
        stack.backward(.everyStep(dStates), batch, pass, into: gradients)
    }
}
