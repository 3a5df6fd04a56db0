import Configuration
import Diagnostics

/// The layers of a `keras.Sequential` for a model, and where Keras 3 keeps their weights in `.weights.h5`.
///
/// A weight's group is named by its layer's class, counted in order, whatever the layer itself is called; so a
/// Sequential or functional model of the same layers, made by anybody, has the same names. Kernels are `[D, G · H]` as
/// ours; a GRU's gates are in order z, r, h, and its `reset_after` form has two biases `[2, 3 · H]`.
struct KerasLayout: WeightLayout {
    /// A layer of the Sequential.
    struct Layer {
        enum Kind {
            case embedding(tokens: Int, width: Int, isOneHot: Bool)
            /// Time steps of nothing but this number are padding.
            case masking
            case recurrent(PortableModel.RecurrentLayer, returnsSequences: Bool)
            case meanOverTime
            case dense(units: Int, activation: String)
        }
        let kind: Kind
        /// Of its group in the file, and of the layer itself in what we write.
        let name: String
        /// Numbers that come in.
        let inputSize: Int
        let parts: [WeightPart]
    }

    let layers: [Layer]
    var parts: [WeightPart] { layers.flatMap(\.parts) }

    /// What pads sequences of numbers: 2¹⁰⁰, negative; data has it hardly.
    static let padding = -1.2676506002282294e30

    /// More tokens are not worth a square table of zeros and ones.
    private static let largestOneHot = 4096

    /// - Parameter isRead: For weights of others, who have their own ways to make vectors and to read states out.
    /// - Throws: `Diagnostic` naming what Keras' own layers cannot compute.
    init(_ model: PortableModel, isRead: Bool = false) throws {
        var layers: [Layer] = [], counts: [String: Int] = [:]
        func group(_ name: String) -> String {
            defer { counts[name, default: 0] += 1 }
            return counts[name].map { "\(name)_\($0)" } ?? name
        }
        var width: Int
        switch model.input {
        case .embedding(let table, _):
            (width, layers) = (table.shape[1], [
                Layer(
                    kind: .embedding(tokens: table.shape[0], width: table.shape[1], isOneHot: false),
                    name: group("embedding"), inputSize: table.shape[0], parts: [.embedding("layers/embedding/vars/0")])
            ])
        case .oneHot(let tokens):
            guard isRead || tokens <= Self.largestOneHot else {
                throw Diagnostic(
                    "model.input: {one_hot: true}", "Keras would need a table of \(tokens) × \(tokens) numbers for it",
                    expected: "at most \(Self.largestOneHot) tokens", hint: "PyTorch needs none: --to safetensors",
                    category: .usage)
            }
            // Rows of the unit matrix; a layer that made them otherwise would lose Keras' mask.
            let size = isRead ? 0 : tokens
            let unit = PortableTensor(
                shape: [size, size], (0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 })
            (width, layers) = (tokens, [
                Layer(
                    kind: .embedding(tokens: tokens, width: tokens, isOneHot: true), name: group("embedding"),
                    inputSize: tokens, parts: [.constant("layers/embedding/vars/0", unit)])
            ])
        case .features(let features):
            (width, layers) = (features, [
                Layer(kind: .masking, name: group("masking"), inputSize: features, parts: [])
            ])
        }
        for (number, layer) in model.layers.enumerated() {
            let returnsSequences =
                number + 1 < model.layers.count || { if case .last = model.readout { false } else { true } }()
            let name = group(layer.isBidirectional ? "bidirectional" : layer.cell.kerasClass.snake)
            layers.append(
                Layer(
                    kind: .recurrent(layer, returnsSequences: returnsSequences), name: name, inputSize: width,
                    parts: layer.directions.indices.map { direction in
                        let path = "layers/\(name)/"
                            + (layer.isBidirectional ? direction == 0 ? "forward_layer/" : "backward_layer/" : "")
                        return .recurrent(
                            layer: number, direction: direction, (0..<3).map { "\(path)cell/vars/\($0)" })
                    }))
            width = layer.outputSize
        }
        switch model.readout {
        case .last, .everyStep: break
        case .max where isRead: break
        case .mean:
            layers.append(
                Layer(kind: .meanOverTime, name: group("global_average_pooling1d"), inputSize: width, parts: []))
        case .max:
            throw Diagnostic(
                "model.readout: max", "Keras' maximum over time takes padding for states", expected: "last or mean",
                hint: "PyTorch can: --to safetensors", category: .usage)
        }
        for (number, layer) in model.dense.enumerated() {
            let name = group("dense")
            layers.append(
                Layer(
                    kind: .dense(units: layer.outputSize, activation: layer.activation?.rawValue ?? "linear"),
                    name: name, inputSize: width,
                    parts: [.dense(number, weight: "layers/\(name)/vars/0", bias: "layers/\(name)/vars/1")]))
            width = layer.outputSize
        }
        let name = group("dense")
        layers.append(
            Layer(
                kind: .dense(units: model.output.outputSize, activation: "softmax"), name: name, inputSize: width,
                parts: [.output(weight: "layers/\(name)/vars/0", bias: "layers/\(name)/vars/1")]))
        self.layers = layers
    }

    /// Keras' order of gates in terms of ours, which is that of ours in terms of Keras', too.
    private static func order(_ cell: PortableModel.Cell) -> [Int] {
        switch cell {
        case .elman: [0]
        case .gru: [1, 0, 2]
        case .lstm: [0, 1, 2, 3]
        }
    }

    static func tensors(of direction: PortableModel.Direction, _ cell: PortableModel.Cell) -> [PortableTensor] {
        let order = order(cell)
        var bias = direction.bias.gates(order)
        if let recurrent = direction.recurrentBias {
            let zeros = [Float](repeating: 0, count: bias.values.count - recurrent.values.count)
            bias = PortableTensor(shape: [2, bias.values.count], bias.values + zeros + recurrent.values)
        }
        return [direction.inputWeight.gates(order), direction.recurrentWeight.gates(order), bias]
    }

    static func direction(of tensors: [PortableTensor], _ cell: PortableModel.Cell) -> PortableModel.Direction {
        let order = order(cell), size = tensors[1].shape[0]
        var bias = tensors[2], recurrent: PortableTensor?
        if cell == .gru(.after) {
            let input = bias.values[..<(3 * size)], second = Array(bias.values[(3 * size)...])
            let sums = zip(input, second.prefix(2 * size)).map { $0 + $1 }
            bias = PortableTensor(shape: [3 * size], sums + input.suffix(size))
            recurrent = PortableTensor(shape: [size], Array(second.suffix(size)))
        }
        return PortableModel.Direction(
            inputWeight: tensors[0].gates(order), recurrentWeight: tensors[1].gates(order), bias: bias.gates(order),
            recurrentBias: recurrent)
    }

    static func weight(ofDense weight: PortableTensor) -> PortableTensor { weight }
}
