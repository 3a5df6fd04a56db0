import Diagnostics

/// PyTorch's `state_dict` of the module that the loading script defines.
///
/// `nn.LSTM`, `nn.GRU` and `nn.RNN` keep `[G · H, D]` weights with gates in our order (i f g o; r z n) and two biases
/// a gate, of which the second gets ours only where it counts by itself: that of a GRU's candidate.
struct TorchLayout: WeightLayout {
    let parts: [WeightPart]
    let twins: [String: String]

    /// - Throws: `Diagnostic` naming what PyTorch's recurrent layers cannot compute.
    init(_ model: PortableModel) throws {
        for (number, layer) in model.layers.enumerated() {
            try Self.check(layer, "model.layers[\(number)]")
        }
        var parts: [WeightPart] = []
        if case .embedding = model.input { parts.append(.embedding("embedding.weight")) }
        for (number, layer) in model.layers.enumerated() {
            let prefix = model.isUniform ? "rnn" : "rnn.\(number)", level = model.isUniform ? number : 0
            for direction in layer.directions.indices {
                let suffix = "l\(level)\(direction == 0 ? "" : "_reverse")"
                let names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map { "\(prefix).\($0)_\(suffix)" }
                parts.append(.recurrent(layer: number, direction: direction, names))
            }
        }
        for number in model.dense.indices {
            parts.append(.dense(number, weight: "dense.\(number).weight", bias: "dense.\(number).bias"))
        }
        twins = model.isTied
            ? ["embedding.weight": "output.weight", "output.weight": "embedding.weight"] : [:]
        self.parts = parts + [.output(weight: "output.weight", bias: "output.bias")]
    }

    private static func check(_ layer: PortableModel.RecurrentLayer, _ name: String) throws {
        switch layer.cell {
        case .gru(.before):
            throw Diagnostic(
                "\(name).reset: before", "PyTorch's GRU resets after the recurrent product alone",
                expected: "reset: after", hint: "Keras has both", category: .usage)
        case .elman(.sigmoid):
            throw Diagnostic(
                "\(name).activation: sigmoid", "PyTorch's RNN has tanh and relu alone", expected: "tanh or relu",
                hint: "Keras has it", category: .usage)
        default: break
        }
    }

    static func tensors(of direction: PortableModel.Direction, _ cell: PortableModel.Cell) -> [PortableTensor] {
        var second = PortableTensor.zeros(direction.bias.shape)
        if let bias = direction.recurrentBias {
            second.values.replaceSubrange((second.values.count - bias.values.count)..., with: bias.values)
        }
        return [direction.inputWeight.transposed, direction.recurrentWeight.transposed, direction.bias, second]
    }

    static func direction(of tensors: [PortableTensor], _ cell: PortableModel.Cell) -> PortableModel.Direction {
        let size = tensors[1].shape[1]
        var bias = tensors[2] + tensors[3], recurrent: PortableTensor?
        if cell == .gru(.after) {
            bias.values.replaceSubrange((2 * size)..., with: tensors[2].values[(2 * size)...])
            recurrent = PortableTensor(shape: [size], Array(tensors[3].values[(2 * size)...]))
        }
        return PortableModel.Direction(
            inputWeight: tensors[0].transposed, recurrentWeight: tensors[1].transposed, bias: bias,
            recurrentBias: recurrent)
    }

    static func weight(ofDense weight: PortableTensor) -> PortableTensor { weight.transposed }
}

extension PortableModel {
    /// Whether all recurrent layers are alike, so that one module of PyTorch has them all.
    var isUniform: Bool {
        layers.allSatisfy {
            $0.cell == layers[0].cell && $0.size == layers[0].size && $0.isBidirectional == layers[0].isBidirectional
        }
    }
}
