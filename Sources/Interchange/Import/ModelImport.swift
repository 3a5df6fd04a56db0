import Diagnostics

/// Weights of another program put in the places of a model's own.
public enum ModelImport {
    /// A model with the weights of a file.
    ///
    /// - Parameters:
    ///   - path: `.weights.h5` or `.keras` of Keras 3; `.safetensors`, or an HDF5 file with a dataset a tensor, of
    ///     PyTorch's `state_dict`.
    ///   - renamed: Begins of names: how those that the model has are called in the file (`rnn` → `lstm`).
    /// - Throws: `Diagnostic` for a tensor that is missing, of another shape, not finite, or left over.
    public static func filling(
        _ model: PortableModel, from path: String, renamed: [(name: String, inFile: String)] = []
    ) throws -> PortableModel {
        try filling(model, from: WeightFile(path), renamed: renamed)
    }

    package static func filling(
        _ model: PortableModel, from file: WeightFile, renamed: [(name: String, inFile: String)] = []
    ) throws -> PortableModel {
        switch file.kind {
        case .kerasWeights, .kerasArchive:
            return try fill(model, KerasLayout(model, isRead: true), file, renamed)
        case .safetensors, .stateDictionary: return try fill(model, TorchLayout(model), file, renamed)
        }
    }

    private static func fill(
        _ model: PortableModel, _ layout: some WeightLayout, _ file: WeightFile,
        _ renamed: [(name: String, inFile: String)]
    ) throws -> PortableModel {
        let match = try WeightMatch(layout, model, file, renamed)
        var found: [String: PortableTensor] = [:]
        for (place, tensor) in zip(match.places, try file.tensors(match.places.map(\.inFile))) {
            try match.check(tensor, of: place)
            found[place.expected.name] = tensor
        }
        let filled = try layout.filling(model) { name in
            guard let tensor = found[name] else { throw Diagnostic(file.path, "'\(name)' is missing") }
            return tensor
        }
        if filled.isTied, case .embedding(let table, _) = filled.input, filled.output.weight != table.transposed {
            throw Diagnostic(
                file.path, "the output's weight is not the embedding", expected: "one for both",
                hint: "set model.output.tied to false")
        }
        return filled
    }
}
