import Configuration
import Kernels
import RecurrentNetworks

/// What a forecasting network reads, and which rows it gives.
package struct ForecastInput<Scalar: KernelScalar> {
    package let sequences: SequenceInput<Scalar>
    /// The rows of the horizon as the decoder unrolls it; nil without decoder.
    let horizon: SequenceInput<Scalar>?
    /// The packed sequence of each row of the horizon.
    let horizonSequences: AlignedBuffer<Int32>
    /// The output row at each position of `leaves`.
    package let index: AlignedBuffer<Int32>
    package let leaves: GradientLeaves
    /// Example and time of each output row, which dropout depends on.
    let rowExamples: AlignedBuffer<Int32>, rowTimes: AlignedBuffer<Int32>

    /// - Parameter unrolled: The horizon of each sequence, in the same order.
    package init(_ sequences: SequenceInput<Scalar>, _ output: ForecastConfiguration.Output, unrolled: PackedSequences?)
    {
        self.sequences = sequences
        let packed = sequences.packed
        horizonSequences = AlignedBuffer(
            unrolled.map { steps in steps.active.flatMap { (0..<$0).map { Int32(truncatingIfNeeded: $0) } } } ?? [])
        // The decoder's input is computed, not given: its matrix takes the place of these features.
        horizon = unrolled.map {
            SequenceInput(packed: $0, tokens: nil, features: Matrix(rows: 0, columns: 0), examples: sequences.examples)
        }
        if output == .last {
            index = packed.leafSequences
            leaves = packed.sequenceLeaves
            rowExamples = sequences.examples
            rowTimes = AlignedBuffer(count: packed.sequences)
        } else {
            let rows = (unrolled ?? packed).gradientRows(liveSteps: nil)
            index = rows.rows
            leaves = rows.leaves
            rowExamples = (horizon ?? sequences).rowExamples
            rowTimes = (horizon ?? sequences).rowTimes
        }
    }
}

/// From windows of numbers to forecasts: recurrent layers, dense layers, an output layer without activation.
///
///     last        sequence → vector → dense → horizon · series
///     every_step  sequence → a vector each time step → dense → horizon · series
///     decoder     sequence → vector, at every step of the horizon → recurrent layers → dense → series
///
/// - Source: the decoder reads the summary of its input at every step, as in K. Cho et al., "Learning phrase
///   representations using RNN encoder-decoder", EMNLP 2014.
package final class ForecastNetwork<Scalar: KernelScalar> {
    package let layout: ParameterLayout
    private let body: Body
    private let topDropout: Dropout<Scalar>
    private let head: DenseHead<Scalar>
    package let penalties: ActivationPenalties<Scalar>
    private var top = Matrix<Scalar>(rows: 0, columns: 0)  // what the head read, [output row, H]
    private let team: ThreadTeam
    private var repeated = ReusedMatrix<Scalar>(), summed = ReusedMatrix<Scalar>()

    private enum Body {
        case last(SequenceEncoder<Scalar>)
        case everyStep(RecurrentStack<Scalar>)
        case decoder(SequenceEncoder<Scalar>, RecurrentStack<Scalar>)
    }

    /// - Parameters:
    ///   - inputSize: Numbers of a time step, or tokens of the vocabulary.
    ///   - outputSize: Numbers of an output row.
    ///   - penalties: Strengths of activation regularisation and of temporal activation regularisation, where a row is
    ///     put out for every time step.
    package init(
        _ model: ModelConfiguration, _ output: ForecastConfiguration.Output, inputSize: Int, outputSize: Int,
        penalties: (activations: Double, changes: Double) = (0, 0), team: ThreadTeam
    ) {
        self.team = team
        self.penalties = ActivationPenalties(penalties, targetsPerRow: outputSize)
        var layout = ParameterLayout(model)
        let width: Int, ownDropouts = model.layers.count + model.dense.count
        switch output {
        case .last:
            let encoder = SequenceEncoder<Scalar>(model, inputSize: inputSize, team: team, layout: &layout)
            body = .last(encoder)
            width = encoder.outputSize
        case .everyStep:
            let stack = RecurrentStack<Scalar>(
                .init(model, inputSize: inputSize, vectors: nil), layers: model.layers, initializer: model.initializer,
                dropout: model.dropout,
                regularizers: Regularizers(model), team: team, layout: &layout)
            body = .everyStep(stack)
            width = stack.outputSize
        case .decoder:
            let encoder = SequenceEncoder<Scalar>(model, inputSize: inputSize, team: team, layout: &layout)
            let oneWay = model.layers.map { layer in
                var layer = layer
                layer.bidirectional = false
                return layer
            }
            let decoder = RecurrentStack<Scalar>(
                name: "decoder/", .rows(width: encoder.outputSize), layers: oneWay, initializer: model.initializer,
                dropout: model.dropout, firstDropout: ownDropouts, regularizers: Regularizers(model).behindInput,
                team: team, layout: &layout)
            body = .decoder(encoder, decoder)
            width = decoder.outputSize
        }
        topDropout = Dropout(
            probability: model.dropout,
            number: output == .decoder ? ownDropouts + model.layers.count - 1 : model.layers.count - 1,
            isVariational: model.dropoutKind == .variational)
        head = DenseHead(
            model, inputSize: width, outputSize: outputSize, firstDropout: model.layers.count, team: team,
            layout: &layout)
        self.layout = layout
    }

    /// The layers as `rnn-dist summary` shows them.
    package var layers: [LayerDescription] {
        let below: [LayerDescription]
        switch body {
        case .last(let encoder): below = encoder.descriptions(layout)
        case .everyStep(let stack): below = stack.descriptions(layout, readsLast: false)
        case .decoder(let encoder, let decoder):
            below = encoder.descriptions(layout) + decoder.descriptions(layout, readsLast: false)
        }
        return below + head.descriptions(outputKind: "Dense")
    }

    /// Takes over changed weights.
    package func pack(_ parameters: Parameters<Scalar>) {
        switch body {
        case .last(let encoder): encoder.pack(parameters)
        case .everyStep(let stack): stack.pack(parameters)
        case .decoder(let encoder, let decoder):
            encoder.pack(parameters)
            decoder.pack(parameters)
        }
        head.pack(parameters)
    }

    /// - Returns: `[output row, outputSize]`, valid until the next pass.
    package func forward(
        _ input: ForecastInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>
    ) -> Matrix<Scalar> {
        switch body {
        case .last(let encoder):
            top = encoder.forward(input.sequences, pass, parameters)
        case .everyStep(let stack):
            stack.forward(input.sequences, pass, parameters)
            top = topDropout.forward(
                stack.everyStep(input.sequences.packed), pass, examples: input.rowExamples, times: input.rowTimes)
        case .decoder(let encoder, let decoder):
            guard let horizon = input.horizon else { preconditionFailure("a decoder needs a horizon") }
            let vector = encoder.forward(input.sequences, pass, parameters)
            let rows = repeated.reshaped(rows: horizon.packed.rows, columns: vector.columns)
            copyRows(vector, rows: .indexed(input.horizonSequences), into: rows, rows: .all(rows.rows))
            decoder.forward(reading(rows, horizon), decoding(pass), parameters)
            top = topDropout.forward(
                decoder.everyStep(horizon.packed), pass, examples: input.rowExamples, times: input.rowTimes)
        }
        return head.forward(top, pass, parameters, examples: input.rowExamples, times: input.rowTimes)
    }

    /// - Parameter d: Gradient of the output; overwritten.
    package func backward(
        _ d: Matrix<Scalar>, _ input: ForecastInput<Scalar>, _ pass: Pass, into gradients: Gradients<Scalar>
    ) {
        let d = head.backward(d, index: input.index, leaves: input.leaves, into: gradients)
        switch body {
        case .last(let encoder):
            encoder.backward(d, input.sequences, pass, into: gradients)
        case .everyStep(let stack):
            backwardTop(d, stack, input.sequences.packed)
            stack.backward(.everyStep(d), input.sequences, pass, into: gradients)
        case .decoder(let encoder, let decoder):
            guard let horizon = input.horizon else { preconditionFailure("a decoder needs a horizon") }
            backwardTop(d, decoder, horizon.packed)
            let rows = repeated.reshaped(rows: horizon.packed.rows, columns: encoder.outputSize)
            decoder.backward(.everyStep(d), reading(rows, horizon), decoding(pass), into: gradients)
            guard let dRows = decoder.inputGradient else {
                preconditionFailure("a decoder over rows has their gradient")
            }
            let dVector = summed.reshaped(rows: input.sequences.packed.sequences, columns: encoder.outputSize)
            sumOverTime(dRows, horizon.packed, into: dVector)
            encoder.backward(dVector, input.sequences, pass, into: gradients)
        }
    }

    /// Turns the gradient of what the head read into that of a stack's output.
    private func backwardTop(_ d: Matrix<Scalar>, _ stack: RecurrentStack<Scalar>, _ packed: PackedSequences) {
        penalties.penalize(top, into: d)
        topDropout.backward(d)
        penalties.penalizeSteps(stack.everyStep(packed), packed, into: d)
    }

    private func reading(_ rows: Matrix<Scalar>, _ horizon: SequenceInput<Scalar>) -> SequenceInput<Scalar> {
        SequenceInput(packed: horizon.packed, tokens: nil, features: rows, examples: horizon.examples)
    }

    /// Truncation cuts the window, which may be long; the horizon is unrolled as a whole.
    private func decoding(_ pass: Pass) -> Pass {
        Pass(trainingStep: pass.trainingStep, seed: pass.seed, truncation: nil)
    }
}
