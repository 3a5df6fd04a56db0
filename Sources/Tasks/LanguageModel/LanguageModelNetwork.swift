import Configuration
import Kernels
import RecurrentNetworks

/// A recurrent language model: the distribution of the next token at every time step.
///
///     h = stack(x)    p(next token | tokens so far) = softmax(h W + b), or another form of `OutputLayer`
///
/// - Source: Mikolov et al. 2010; with LSTM layers and dropout between them: Zaremba et al. 2014;
///   with the regularisers of AWD-LSTM: Merity, Keskar & Socher 2018.
public final class LanguageModelNetwork<Scalar: KernelScalar> {
    public let layout: ParameterLayout
    private let stack: RecurrentStack<Scalar>
    private let dropout: Dropout<Scalar>
    private let output: OutputLayer<Scalar>
    package let penalties: ActivationPenalties<Scalar>
    private var states = Matrix<Scalar>(rows: 0, columns: 0)  // with units dropped, [row, H]

    /// - Parameters:
    ///   - tokens: Entries of the vocabulary.
    ///   - vectors: Pretrained rows of the embedding.
    ///   - penalties: Strengths of activation regularisation and of temporal activation regularisation.
    /// - Throws: `Diagnostic` (usage) where an adaptive softmax has clusters beyond the vocabulary.
    public init(
        _ model: ModelConfiguration, tokens: Int, vectors: (values: [Float], width: Int)? = nil,
        penalties: (activations: Double, changes: Double) = (0, 0), team: ThreadTeam
    ) throws {
        self.penalties = ActivationPenalties(penalties)
        var layout = ParameterLayout(model)
        stack = RecurrentStack(
            .init(model, inputSize: tokens, vectors: vectors), layers: model.layers, initializer: model.initializer,
            dropout: model.dropout, regularizers: Regularizers(model), team: team, layout: &layout)
        dropout = Dropout(
            probability: model.dropout, number: model.layers.count - 1, isVariational: model.dropoutKind == .variational
        )
        output = OutputLayer(
            name: "output", try .init(model.output, embedding: stack.embeddingTable, classes: tokens),
            inputSize: stack.outputSize,
            classes: tokens, initializer: model.initializer, team: team, layout: &layout)
        self.layout = layout
    }

    /// Hidden size, and whether there are cell states, of each layer.
    public var stateShapes: [(size: Int, hasMemory: Bool)] { stack.stateShapes }

    public var layers: [LayerDescription] {
        stack.descriptions(layout, readsLast: false)
            + [
                LayerDescription(
                    name: "output", kind: output.kindName, outputShape: [.batch, .time, .size(output.classes)])
            ]
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        stack.pack(parameters)
        output.pack(parameters)
    }

    /// Computes the states of every time step.
    ///
    /// - Parameter initial: The states that the tokens before left behind; nil: zeros.
    public func forward(
        _ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>, initial: RecurrentState<Scalar>?
    ) {
        stack.forward(batch, pass, parameters, initial: initial)
        states = dropout.forward(
            stack.everyStep(batch.packed), pass, examples: batch.rowExamples, times: batch.rowTimes)
    }

    /// The loss of each row's next token in nats, and the most probable tokens, after `forward`.
    public func losses(targets: [Int32], _ parameters: Parameters<Scalar>) -> (losses: [Scalar], predictions: [Int32]) {
        output.losses(states, targets: targets, weights: [Scalar](repeating: 1, count: targets.count), parameters)
    }

    /// The logarithms of the probabilities of every next token, `[row, tokens]`, valid until the next pass.
    public func logProbabilities(
        _ batch: SequenceInput<Scalar>, _ parameters: Parameters<Scalar>, initial: RecurrentState<Scalar>?
    ) -> Matrix<Scalar> {
        forward(batch, .evaluation, parameters, initial: initial)
        return output.logProbabilities(states, parameters)
    }

    /// The states after each sequence's last token, in memory of their own.
    public func finalState(_ packed: PackedSequences) -> RecurrentState<Scalar> { stack.finalState(packed) }

    /// Sums the gradients of all parameters, after `losses`.
    public func backward(_ batch: SequenceInput<Scalar>, _ pass: Pass, into gradients: Gradients<Scalar>) {
        let rows = batch.packed.gradientRows(liveSteps: nil)
        let dStates = output.backward(index: rows.rows, leaves: rows.leaves, into: gradients)
        penalties.penalize(states, into: dStates)
        dropout.backward(dStates)
        penalties.penalizeSteps(stack.everyStep(batch.packed), batch.packed, into: dStates)
        stack.backward(.everyStep(dStates), batch, pass, into: gradients)
    }
}
