import Configuration
import Kernels
import RecurrentNetworks

/// A network with an answer for every word, or for some: words and their surroundings, recurrent layers, scores.
public final class TaggerNetwork<Scalar: KernelScalar> {
    public let layout: ParameterLayout
    /// Nil: each row's tag by itself.
    public let field: ConditionalRandomField<Scalar>?
    private let features: WordFeatures<Scalar>
    private let stack: RecurrentStack<Scalar>
    private let dropout: Dropout<Scalar>
    package let penalties: ActivationPenalties<Scalar>
    private let output: DenseLayer<Scalar>
    private let team: ThreadTeam
    private var states = Matrix<Scalar>(rows: 0, columns: 0)  // of the top layer with units dropped, [row, H]
    private var chosenRows = Matrix<Scalar>(rows: 0, columns: 0), everyGradient = Matrix<Scalar>(rows: 0, columns: 0)

    /// - Parameters:
    ///   - embedding: Numbers that stand for a word.
    ///   - words, characters: Rows of the tables.
    ///   - classes: Tags, or words to predict.
    ///   - penalties: Strengths of activation regularisation and of temporal activation regularisation, for networks
    ///     that score every row.
    public init(
        _ model: ModelConfiguration, _ tagging: TaggingConfiguration, embedding: Int, words: Int, characters: Int,
        classes: Int,
        penalties: (activations: Double, changes: Double) = (0, 0), team: ThreadTeam
    ) {
        self.team = team
        self.penalties = ActivationPenalties(penalties)
        var layout = ParameterLayout(model)
        let spelling = tagging.characters.map { configuration in
            var layer = ModelConfiguration.Layer()
            layer.cell = configuration.cell
            layer.size = configuration.size
            layer.bidirectional = configuration.bidirectional
            return (tokens: characters, embedding: configuration.embedding, layer: layer)
        }
        // The dropouts between layers have the numbers before these two.
        let regularizers = Regularizers(model)
        let firstNumber = model.layers.count - 1
        features = WordFeatures(
            words: words, embedding: embedding, context: tagging.context, characters: spelling,
            initializer: model.initializer,
            dropout: tagging.inputDropout, dropoutNumber: firstNumber, regularizers: regularizers, team: team,
            layout: &layout)
        stack = RecurrentStack(
            .rows(width: features.width), layers: model.layers, initializer: model.initializer, dropout: model.dropout,
            regularizers: regularizers, team: team, layout: &layout)
        dropout = Dropout(
            probability: model.dropout, number: firstNumber + 1, isVariational: model.dropoutKind == .variational)
        output = DenseLayer(
            name: "output", inputSize: stack.outputSize, outputSize: classes, function: nil,
            initializer: model.initializer,
            layout: &layout)
        field =
            tagging.output == .crf
            ? ConditionalRandomField(name: "output", tags: classes, team: team, layout: &layout) : nil
        self.layout = layout
    }

    /// The layers as `rnn-dist summary` shows them.
    public var layers: [LayerDescription] {
        features.descriptions(layout) + stack.descriptions(layout, readsLast: false)
            + [
                LayerDescription(
                    name: "output", kind: field == nil ? "Dense (softmax)" : "Dense (conditional random field)",
                    outputShape: [.batch, .time, .size(output.outputSize)])
            ]
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        features.pack(parameters)
        stack.pack(parameters)
        output.pack(parameters)
        field?.pack(parameters)
    }

    /// - Parameter chosen: The rows to score; nil: all.
    /// - Returns: Scores `[row, classes]` in natural order or in that of `chosen`, valid until the next pass.
    public func forward(
        _ batch: WordInput<Scalar>, chosen: AlignedBuffer<Int32>?, _ pass: Pass, _ parameters: Parameters<Scalar>
    ) -> Matrix<Scalar> {
        let input = sequenceInput(batch, features.forward(batch, pass, parameters))
        stack.forward(input, pass, parameters)
        states = dropout.forward(
            stack.everyStep(batch.packed), pass, examples: batch.rowExamples, times: batch.rowTimes)
        guard let chosen else { return output.forward(states, parameters, team: team) }
        chosenRows = Matrix(rows: chosen.count, columns: states.columns)
        copyRows(states, rows: .indexed(chosen), into: chosenRows, rows: .all(chosen.count))
        return output.forward(chosenRows, parameters, team: team)
    }

    /// Sums the gradients of all parameters but those of the field.
    ///
    /// - Parameters:
    ///   - d: Gradient of the scores; overwritten.
    ///   - index: The row of `d` at each position of `leaves`.
    ///   - chosen: As in `forward`.
    public func backward(
        _ d: Matrix<Scalar>, index: AlignedBuffer<Int32>, leaves: GradientLeaves, _ batch: WordInput<Scalar>,
        chosen: AlignedBuffer<Int32>?, _ pass: Pass, into gradients: Gradients<Scalar>
    ) {
        var every = output.backward(d, index: index, leaves: leaves, into: gradients, team: team)
        if let chosen {
            everyGradient = Matrix(rows: batch.packed.rows, columns: every.columns)
            copyRows(every, rows: .all(chosen.count), into: everyGradient, rows: .indexed(chosen))
            every = everyGradient
        }
        penalties.penalize(states, into: every)
        dropout.backward(every)
        penalties.penalizeSteps(stack.everyStep(batch.packed), batch.packed, into: every)
        stack.backward(.everyStep(every), sequenceInput(batch, every), pass, into: gradients)
        guard let dInput = stack.inputGradient else { preconditionFailure("a stack over rows has an input gradient") }
        features.backward(dInput, batch, pass, into: gradients)
    }

    private func sequenceInput(_ batch: WordInput<Scalar>, _ rows: Matrix<Scalar>) -> SequenceInput<Scalar> {
        SequenceInput(packed: batch.packed, tokens: nil, features: rows, examples: batch.sentences)
    }
}
