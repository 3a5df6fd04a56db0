import Configuration
import Kernels
import RecurrentNetworks

/// A sequence classifier: encoder, hidden dense layers, output layer, softmax.
public final class ClassifierNetwork<Scalar: KernelScalar> {
    public let layout: ParameterLayout
    private let encoder: SequenceEncoder<Scalar>
    private let dense: [DenseLayer<Scalar>]  // the output layer is the last
    private let dropouts: [Dropout<Scalar>]  // between the dense layers
    private let team: ThreadTeam

    /// - Parameters:
    ///   - inputSize: Tokens of the vocabulary, or numeric features of a time step.
    ///   - vectors: Pretrained rows of the embedding.
    public init(
        _ model: ModelConfiguration, inputSize: Int, classes: Int, vectors: (values: [Float], width: Int)? = nil, team: ThreadTeam
    ) {
        self.team = team
        var layout = ParameterLayout()
        encoder = SequenceEncoder(model, inputSize: inputSize, vectors: vectors, team: team, layout: &layout)
        var width = encoder.outputSize
        var dense: [DenseLayer<Scalar>] = []
        for (number, hidden) in model.dense.enumerated() {
            dense.append(
                DenseLayer(
                    name: "dense/\(number)", inputSize: width, outputSize: hidden.size,
                    function: ActivationFunction(rawValue: hidden.activation.rawValue), initializer: model.initializer,
                    layout: &layout))
            width = hidden.size
        }
        dense.append(
            DenseLayer(
                name: "output", inputSize: width, outputSize: classes, function: nil, initializer: model.initializer,
                layout: &layout))
        self.dense = dense
        dropouts = model.dense.indices.map { Dropout(probability: model.dropout, number: model.layers.count + $0) }
        self.layout = layout
    }

    /// The layers as `rnn-dist summary` shows them.
    public var layers: [LayerDescription] {
        encoder.descriptions(layout) + dense.dropLast().map(\.description)
            + [LayerDescription(name: "output", kind: "Dense (softmax)", outputShape: [.batch, .size(dense[dense.count - 1].outputSize)])]
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        encoder.pack(parameters)
        for layer in dense { layer.pack(parameters) }
    }

    /// - Returns: Logits `[sequence, classes]` in packed order, valid until the next pass.
    public func forward(_ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>) -> Matrix<Scalar> {
        var x = encoder.forward(batch, pass, parameters)
        let times = AlignedBuffer<Int32>(count: batch.packed.sequences)
        for (number, layer) in dense.enumerated() {
            x = layer.forward(x, parameters, team: team)
            if number < dropouts.count { x = dropouts[number].forward(x, pass, examples: batch.examples, times: times) }
        }
        return x
    }

    /// - Parameter d: Gradient of the logits; overwritten.
    public func backward(_ d: Matrix<Scalar>, _ batch: SequenceInput<Scalar>, _ pass: Pass, into gradients: Gradients<Scalar>) {
        var d = d
        for number in dense.indices.reversed() {
            if number < dropouts.count { dropouts[number].backward(d) }
            d = dense[number].backward(
                d, index: batch.packed.leafSequences, leaves: batch.packed.sequenceLeaves, into: gradients, team: team)
        }
        encoder.backward(d, batch, pass, into: gradients)
    }
}
