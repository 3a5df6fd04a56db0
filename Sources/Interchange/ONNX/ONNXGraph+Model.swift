import Configuration

/// A model's layers as operators. Recurrent ones have time first: `[time, batch, features]`.
extension ONNXGraph {
    /// - Parameter input: The name of tokens or values.
    mutating func add(_ model: PortableModel, input: String) {
        let ends = add("Cast", ["lengths"], [("to", .integer(Onnx_TensorProto.DataType.int32.rawValue))])
        let timeFirst = add("Transpose", [input], [("perm", .integers(model.text == nil ? [1, 0, 2] : [1, 0]))])
        var x: String, table = ""
        switch model.input {
        case .embedding(let rows, _):
            table = constant("embedding.weight", rows)
            x = add("Gather", [table, timeFirst])
        case .oneHot(let tokens):
            let offAndOn = constant("off_and_on", PortableTensor(shape: [2], [0, 1]))
            x = add("OneHot", [timeFirst, constant([tokens], isScalar: true), offAndOn])
        case .features: x = timeFirst
        }
        var last = ""
        for (number, layer) in model.layers.enumerated() {
            let isTop = number + 1 == model.layers.count
            (x, last) = add(layer, "rnn.\(number)", x, ends, readsStates: !(isTop && model.readout.isLast))
        }
        x = read(model, x, last, mask: model.readout.isOverTime ? mask(timeFirst) : "")
        for (number, layer) in model.dense.enumerated() {
            let weight = constant("dense.\(number).weight", layer.weight)
            x = add("Add", [add("MatMul", [x, weight]), constant("dense.\(number).bias", layer.bias)])
            if let activation = layer.activation { x = add(activation.operation, [x]) }
        }
        let weight = model.isTied
            ? add("Transpose", [table], [("perm", .integers([1, 0]))]) : constant("output.weight", model.output.weight)
        x = add("Add", [add("MatMul", [x, weight]), constant("output.bias", model.output.bias)])
        add("Softmax", [x], [("axis", .integer(-1))], outputs: ["probabilities"])
    }

    /// A recurrent layer of one or two directions, whose states stand side by side.
    ///
    /// - Returns: The states of all time steps `[time, batch, size]`, and each direction's last one
    ///   `[directions, batch, units]`; empty where it is not read.
    private mutating func add(
        _ layer: PortableModel.RecurrentLayer, _ name: String, _ x: String, _ ends: String, readsStates: Bool
    ) -> (states: String, last: String) {
        let arrays = layer.directions.map { ONNXLayout.tensors(of: $0, layer.cell) }
        let weights = ["W", "R", "B"].enumerated().map { part, letter in
            constant("\(name).\(letter)", .stacked(arrays.map { $0[part] }))
        }
        var attributes: [(String, Attribute)] = [("hidden_size", .integer(layer.size))]
        if layer.isBidirectional { attributes.append(("direction", .text("bidirectional"))) }
        let type: String
        switch layer.cell {
        case .elman(let activation):
            type = "RNN"
            attributes.append(("activations", .texts(layer.directions.map { _ in activation.operation })))
        case .gru(let reset):
            type = "GRU"
            attributes.append(("linear_before_reset", .integer(reset == .after ? 1 : 0)))
        case .lstm: type = "LSTM"
        }
        let inputs = [x] + weights + [ends]
        guard readsStates else {
            return ("", add(type, inputs, attributes, outputs: ["", "\(name).last"]))
        }
        let states = add(type, inputs, attributes, outputs: ["\(name).states"])
        // [time, directions, batch, units]; 0 keeps an extent.
        let turned = add("Transpose", [states], [("perm", .integers([0, 2, 1, 3]))])
        return (add("Reshape", [turned, constant([0, 0, layer.outputSize])]), "")
    }

    /// What dense layers read.
    private mutating func read(_ model: PortableModel, _ states: String, _ last: String, mask: String) -> String {
        switch model.readout {
        case .last:
            let turned = add("Transpose", [last], [("perm", .integers([1, 0, 2]))])
            return add("Reshape", [turned, constant([0, model.layers[model.layers.count - 1].outputSize])])
        case .everyStep: return add("Transpose", [states], [("perm", .integers([1, 0, 2]))])
        case .mean:
            let padding = constant("zero", PortableTensor(shape: [], [0]))
            let sum = add(
                "ReduceSum", [add("Where", [mask, states, padding]), constant([0])], [("keepdims", .integer(0))])
            let floats = add("Cast", ["lengths"], [("to", .integer(Onnx_TensorProto.DataType.float.rawValue))])
            return add("Div", [sum, add("Unsqueeze", [floats, constant([1])])])
        case .max:
            let padding = constant("lowest", PortableTensor(shape: [], [-.infinity]))
            return add(
                "ReduceMax", [add("Where", [mask, states, padding])],
                [("axes", .integers([0])), ("keepdims", .integer(0))])
        }
    }

    /// Which states count, `[time, batch, 1]`.
    private mutating func mask(_ timeFirst: String) -> String {
        let zero = constant([0], isScalar: true), one = constant([1], isScalar: true)
        let steps = add("Gather", [add("Shape", [timeFirst]), zero])
        let times = add("Unsqueeze", [add("Range", [zero, steps, one]), constant([1])])
        return add("Unsqueeze", [add("Less", [times, "lengths"]), constant([2])])
    }
}

extension PortableModel.Readout {
    fileprivate var isLast: Bool { if case .last = self { true } else { false } }
    fileprivate var isOverTime: Bool {
        switch self {
        case .mean, .max: true
        case .last, .everyStep: false
        }
    }
}

extension ModelConfiguration.Activation {
    fileprivate var operation: String {
        switch self {
        case .tanh: "Tanh"
        case .relu: "Relu"
        case .sigmoid: "Sigmoid"
        }
    }
}
