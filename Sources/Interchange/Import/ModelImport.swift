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
        func renaming(_ name: String) -> String {
            for (begin, other) in renamed where name.hasPrefix(begin + ".") || name.hasPrefix(begin + "/") {
                return other + name.dropFirst(begin.count)
            }
            return name
        }
        func nameInFile(_ name: String) -> String {
            let own = renaming(name), twin = layout.twins[name].map(renaming)
            return file.names.contains(own) ? own : twin.flatMap { file.names.contains($0) ? $0 : nil } ?? own
        }
        let constants = layout.parts.compactMap { if case .constant(let name, _) = $0 { name } else { nil } }
        let expected = layout.tensors(of: model).filter { !constants.contains($0.name) }
        let names = expected.map { nameInFile($0.name) }
        let known = Set(names + constants)
        if let spare = file.names.first(where: { file.isWeight($0) && !known.contains($0) }) {
            // Only where nothing is missing either: a name of another kind is told with those there are.
            if names.allSatisfy(file.names.contains) {
                throw Diagnostic(
                    file.path, "'\(spare)' has no place in the model", expected: "the layers of the configuration",
                    hint: "add the layer to the configuration, or leave it out of the file")
            }
        }
        var found: [String: PortableTensor] = [:]
        for (expected, tensor) in zip(expected, try file.tensors(names)) {
            try check(tensor, expected, nameInFile(expected.name), layout, file.path)
            found[expected.name] = tensor
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

    private static func check(
        _ tensor: PortableTensor, _ expected: NamedTensor, _ name: String, _ layout: some WeightLayout,
        _ path: String
    ) throws {
        guard tensor.shape == expected.tensor.shape else {
            throw Diagnostic(
                path, "'\(name)' has shape \(tensor.shape)", expected: "\(expected.tensor.shape)",
                hint: layout.hint(expected.name))
        }
        guard let place = tensor.values.firstIndex(where: { !$0.isFinite }) else { return }
        throw Diagnostic(path, "element \(place) of '\(name)' is \(tensor.values[place])", expected: "a finite number")
    }
}

extension WeightFile {
    /// Whether an array is a layer's weight: not an optimizer's, a random generator's or a table of words.
    fileprivate func isWeight(_ name: String) -> Bool {
        switch kind {
        case .safetensors, .stateDictionary: return true
        case .kerasWeights, .kerasArchive:
            let others = ["seed_generator", "text_vectorization", "string_lookup"]
            return name.hasPrefix("layers/") && !others.contains { name.contains($0) }
        }
    }
}

extension WeightLayout {
    /// Which settings decide about the shape of an array.
    fileprivate func hint(_ name: String) -> String? {
        for part in parts {
            switch part {
            case .embedding(name):
                return "its rows are the vocabulary's entries (give them with --vocabulary), its columns "
                    + "model.input.embedding"
            case .recurrent(let layer, _, let names) where names.contains(name):
                return "compare model.layers[\(layer)]: cell, size, bidirectional, reset, and what comes in"
            case .dense(let number, name, _), .dense(let number, _, name): return "compare model.dense[\(number)]"
            case .output(name, _), .output(_, name):
                return "its outputs are the labels, tags or entries of the vocabulary, in order"
            default: continue
            }
        }
        return nil
    }
}
