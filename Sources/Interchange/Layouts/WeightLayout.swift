/// Where a framework keeps the weights of a model: names, and the arrays it makes of each layer.
///
/// One description serves both ways: what is exported under a name is what is imported from there.
protocol WeightLayout {
    /// The parts of the model in the framework's order.
    var parts: [WeightPart] { get }

    /// Names of arrays that are one and the same, of which a file may have only one.
    var twins: [String: String] { get }

    /// The arrays of a recurrent layer's direction, as many as its part has names.
    static func tensors(of direction: PortableModel.Direction, _ cell: PortableModel.Cell) -> [PortableTensor]
    /// The direction that such arrays, of the right shapes, stand for.
    static func direction(of tensors: [PortableTensor], _ cell: PortableModel.Cell) -> PortableModel.Direction
    /// Weight and bias of a dense layer. A dense weight's layout is its own inverse.
    static func weight(ofDense weight: PortableTensor) -> PortableTensor
}

/// A part of a model and the names of its arrays.
enum WeightPart {
    case embedding(String)
    case recurrent(layer: Int, direction: Int, [String])
    case dense(Int, weight: String, bias: String)
    case output(weight: String, bias: String)
    /// No weight of the model, but what the framework needs in its place; not imported.
    case constant(String, PortableTensor)
}

/// An array under its name in a file.
package struct NamedTensor: Equatable {
    package let name: String
    package let tensor: PortableTensor

    package init(name: String, tensor: PortableTensor) { (self.name, self.tensor) = (name, tensor) }
}

extension WeightLayout {
    var twins: [String: String] { [:] }

    /// The weights of a model under the framework's names.
    func tensors(of model: PortableModel) -> [NamedTensor] {
        parts.flatMap { part -> [NamedTensor] in
            switch part {
            case .embedding(let name):
                guard case .embedding(let table, _) = model.input else { return [] }
                return [NamedTensor(name: name, tensor: table)]
            case .recurrent(let layer, let direction, let names):
                let layer = model.layers[layer]
                return zip(names, Self.tensors(of: layer.directions[direction], layer.cell)).map(NamedTensor.init)
            case .dense(let number, let weight, let bias): return named(model.dense[number], weight, bias)
            case .output(let weight, let bias): return named(model.output, weight, bias)
            case .constant(let name, let tensor): return [NamedTensor(name: name, tensor: tensor)]
            }
        }
    }

    private func named(_ layer: PortableModel.DenseLayer, _ weight: String, _ bias: String) -> [NamedTensor] {
        [
            NamedTensor(name: weight, tensor: Self.weight(ofDense: layer.weight)),
            NamedTensor(name: bias, tensor: layer.bias),
        ]
    }

    /// A model with the weights of a file.
    ///
    /// - Parameter tensor: The array of a name, with the shape of the one that `tensors(of:)` gives.
    func filling(_ model: PortableModel, _ tensor: (String) throws -> PortableTensor) rethrows -> PortableModel {
        var model = model
        for part in parts {
            switch part {
            case .embedding(let name):
                if case .embedding(_, let isTrained) = model.input {
                    model.input = .embedding(try tensor(name), isTrained: isTrained)
                }
            case .recurrent(let layer, let direction, let names):
                model.layers[layer].directions[direction] = Self.direction(
                    of: try names.map(tensor), model.layers[layer].cell)
            case .dense(let number, let weight, let bias):
                model.dense[number].weight = Self.weight(ofDense: try tensor(weight))
                model.dense[number].bias = try tensor(bias)
            case .output(let weight, let bias):
                model.output.weight = Self.weight(ofDense: try tensor(weight))
                model.output.bias = try tensor(bias)
            case .constant: break
            }
        }
        return model
    }
}

extension PortableTensor {
    /// Elements of the same places added.
    static func + (left: PortableTensor, right: PortableTensor) -> PortableTensor {
        PortableTensor(shape: left.shape, zip(left.values, right.values).map { $0 + $1 })
    }

    static func zeros(_ shape: [Int]) -> PortableTensor {
        PortableTensor(shape: shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    }
}
