import Configuration
import Kernels
import RecurrentNetworks

/// A sequence classifier: encoder, hidden dense layers, output layer, softmax.
public final class ClassifierNetwork<Scalar: KernelScalar> {
    public let layout: ParameterLayout
    private let encoder: SequenceEncoder<Scalar>
    private let head: DenseHead<Scalar>

    /// - Parameters:
    ///   - inputSize: Tokens of the vocabulary, or numeric features of a time step.
    ///   - vectors: Pretrained rows of the embedding.
    public init(
        _ model: ModelConfiguration, inputSize: Int, classes: Int, vectors: (values: [Float], width: Int)? = nil,
        team: ThreadTeam
    ) {
        var layout = ParameterLayout(model)
        encoder = SequenceEncoder(model, inputSize: inputSize, vectors: vectors, team: team, layout: &layout)
        head = DenseHead(
            model, inputSize: encoder.outputSize, outputSize: classes, firstDropout: model.layers.count, team: team,
            layout: &layout)
        self.layout = layout
    }

    /// The layers as `rnn-dist summary` shows them.
    public var layers: [LayerDescription] {
        encoder.descriptions(layout) + head.descriptions(outputKind: "Dense (softmax)")
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        encoder.pack(parameters)
        head.pack(parameters)
    }

    /// - Returns: Logits `[sequence, classes]` in packed order, valid until the next pass.
    public func forward(
        _ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>
    ) -> Matrix<Scalar> {
        head.forward(
            encoder.forward(batch, pass, parameters), pass, parameters, examples: batch.examples,
            times: AlignedBuffer(count: batch.packed.sequences))
    }

    /// - Parameter d: Gradient of the logits; overwritten.
    public func backward(
        _ d: Matrix<Scalar>, _ batch: SequenceInput<Scalar>, _ pass: Pass, into gradients: Gradients<Scalar>
    ) {
        let d = head.backward(
            d, index: batch.packed.leafSequences, leaves: batch.packed.sequenceLeaves, into: gradients)
        encoder.backward(d, batch, pass, into: gradients)
    }
}
