import Diagnostics
import Kernels
import RecurrentNetworks

typealias ParameterTensors = Parameters<Float>

extension Parameters<Float> {
    /// The values of a parameter, dense or table, by its name in checkpoints.
    func tensor(_ name: String) throws -> PortableTensor {
        if let slice = layout.dense.first(where: { $0.name == name }) {
            let values = slice.load(from: dense).storage
            return withExtendedLifetime(values) { PortableTensor(shape: slice.shape, Array(values.elements)) }
        }
        for (table, slice) in zip(tables, layout.tables) where slice.name == name {
            return withExtendedLifetime(table) {
                PortableTensor(shape: [slice.rows, slice.width], Array(table.storage.elements))
            }
        }
        throw Diagnostic(name, "is no parameter of the model")
    }

    /// Puts values in the place of a parameter's.
    func store(_ tensor: PortableTensor, _ name: String) {
        let values = AlignedBuffer(tensor.values)
        if let slice = layout.dense.first(where: { $0.name == name }) {
            precondition(slice.shape == tensor.shape, "'\(name)' keeps its shape")
            slice.store(slice.matrix(values), into: dense)
        }
        for (table, slice) in zip(tables, layout.tables) where slice.name == name {
            precondition([slice.rows, slice.width] == tensor.shape, "'\(name)' keeps its shape")
            table.storage.take(values)
        }
    }
}

extension PortableModel {
    /// Puts the weights in the places of those of the task's model that this describes.
    ///
    /// - Parameter parameters: Of the task this was made of, or of one with the same configuration and vocabularies.
    public func store(into parameters: Parameters<Float>) {
        if case .embedding(let table, _) = input { parameters.store(table, "embedding/weight") }
        for (number, layer) in layers.enumerated() {
            for (direction, weights) in zip(["forward", "backward"], layer.directions) {
                let name = "layers/\(number)/\(direction)"
                parameters.store(weights.inputWeight, "\(name)/input_weight")
                parameters.store(weights.recurrentWeight, "\(name)/recurrent_weight")
                parameters.store(weights.bias, "\(name)/bias")
                if let bias = weights.recurrentBias { parameters.store(bias, "\(name)/recurrent_bias") }
            }
        }
        for (number, layer) in dense.enumerated() {
            parameters.store(layer.weight, "dense/\(number)/weight")
            parameters.store(layer.bias, "dense/\(number)/bias")
        }
        if !isTied { parameters.store(output.weight, "output/weight") }
        parameters.store(output.bias, "output/bias")
    }
}
