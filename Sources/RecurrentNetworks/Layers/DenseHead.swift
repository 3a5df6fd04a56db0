import Configuration
import Kernels

/// The hidden dense layers of a model and its output layer, over rows (sequences, or time steps).
public final class DenseHead<Scalar: KernelScalar> {
    private let layers: [DenseLayer<Scalar>]  // the output layer is the last
    private let dropouts: [Dropout<Scalar>]  // between the layers
    private let team: ThreadTeam

    /// - Parameters:
    ///   - outputSize: Classes, or numbers of a row.
    ///   - firstDropout: Number of the first dropout behind a hidden layer among those of the network.
    public init(
        _ model: ModelConfiguration, inputSize: Int, outputSize: Int, firstDropout: Int, team: ThreadTeam,
        layout: inout ParameterLayout
    ) {
        self.team = team
        var width = inputSize
        var layers: [DenseLayer<Scalar>] = []
        for (number, hidden) in model.dense.enumerated() {
            layers.append(
                DenseLayer(
                    name: "dense/\(number)", inputSize: width, outputSize: hidden.size,
                    function: ActivationFunction(rawValue: hidden.activation.rawValue), initializer: model.initializer,
                    layout: &layout))
            width = hidden.size
        }
        layers.append(
            DenseLayer(
                name: "output", inputSize: width, outputSize: outputSize, function: nil, initializer: model.initializer,
                layout: &layout))
        self.layers = layers
        dropouts = model.dense.indices.map {
            Dropout(
                probability: model.dropout, number: firstDropout + $0, isVariational: model.dropoutKind == .variational)
        }
    }

    /// The layers as `rnn-dist summary` shows them.
    ///
    /// - Parameter outputKind: `Dense (softmax)`
    public func descriptions(outputKind: String) -> [LayerDescription] {
        layers.dropLast().map(\.description)
            + [
                LayerDescription(
                    name: "output", kind: outputKind, outputShape: [.batch, .size(layers[layers.count - 1].outputSize)])
            ]
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        for layer in layers { layer.pack(parameters) }
    }

    /// - Parameters:
    ///   - x: `[row, inputSize]`
    ///   - examples: The example of each row, and its time step, which dropout depends on.
    /// - Returns: `[row, outputSize]`, valid until the next pass.
    public func forward(
        _ x: Matrix<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>, examples: AlignedBuffer<Int32>,
        times: AlignedBuffer<Int32>
    ) -> Matrix<Scalar> {
        team.clock.enter(.output)
        var x = x
        for (number, layer) in layers.enumerated() {
            x = layer.forward(x, parameters, team: team)
            if number < dropouts.count { x = dropouts[number].forward(x, pass, examples: examples, times: times) }
        }
        return x
    }

    /// - Parameters:
    ///   - d: Gradient of the output; overwritten.
    ///   - index: The row at each position of `leaves`.
    /// - Returns: Gradient of the input, valid until the next pass.
    public func backward(
        _ d: Matrix<Scalar>, index: AlignedBuffer<Int32>, leaves: GradientLeaves, into gradients: Gradients<Scalar>
    ) -> Matrix<Scalar> {
        var d = d
        for number in layers.indices.reversed() {
            if number < dropouts.count { dropouts[number].backward(d) }
            d = layers[number].backward(d, index: index, leaves: leaves, into: gradients, team: team)
        }
        return d
    }
}
