import Configuration
import Diagnostics

/// Which array of a file belongs where in a model, and what to say where one does not.
struct WeightMatch<Layout: WeightLayout> {
    /// A place in the model, and what the file calls its array.
    struct Place {
        let expected: NamedTensor
        let inFile: String
    }

    let places: [Place]
    private let layout: Layout
    private let model: PortableModel
    private let file: WeightFile

    /// - Parameter renamed: As for `ModelImport.filling`.
    /// - Throws: `Diagnostic` for an array that is missing or has no place, and for a new name for nothing.
    init(
        _ layout: Layout, _ model: PortableModel, _ file: WeightFile, _ renamed: [(name: String, inFile: String)]
    ) throws {
        (self.layout, self.model, self.file) = (layout, model, file)
        func renaming(_ name: String) -> String {
            for (begin, other) in renamed where Self.isIn(begin, name) { return other + name.dropFirst(begin.count) }
            return name
        }
        func nameInFile(_ name: String) -> String {
            let own = renaming(name), twin = layout.twins[name].map(renaming)
            return file.names.contains(own) ? own : twin.flatMap { file.names.contains($0) ? $0 : nil } ?? own
        }
        let constants = layout.parts.compactMap { if case .constant(let name, _) = $0 { name } else { nil } }
        places = layout.tensors(of: model).filter { !constants.contains($0.name) }
            .map { Place(expected: $0, inFile: nameInFile($0.name)) }
        if let idle = renamed.first(where: { rename in !places.contains { Self.isIn(rename.name, $0.expected.name) } }) {
            throw Diagnostic(
                "--rename \(idle.name)=\(idle.inFile)", "the model has nothing of the name '\(idle.name)'",
                expected: modules(places.map(\.expected.name)).listed("or"),
                hint: "first the name here, then that in the file", category: .usage)
        }
        if let missing = places.first(where: { !file.names.contains($0.inFile) }) { throw self.missing(missing) }
        let known = Set(places.map(\.inFile) + constants)
        if let spare = file.names.first(where: { file.isWeight($0) && !known.contains($0) }) { throw self.spare(spare) }
    }

    private static func isIn(_ module: String, _ name: String) -> Bool {
        name.hasPrefix(module + ".") || name.hasPrefix(module + "/")
    }

    /// Names without their last part, each once.
    private func modules(_ names: [String]) -> [String] {
        names.reduce(into: []) { modules, name in
            guard let end = name.lastIndex(where: { "./".contains($0) }) else { return }
            if modules.last != String(name[..<end]) { modules.append(String(name[..<end])) }
        }
    }

    /// - Throws: `Diagnostic` for an array of another shape, or with something that is not a number.
    func check(_ tensor: PortableTensor, of place: Place) throws {
        guard tensor.shape == place.expected.tensor.shape else {
            throw Diagnostic(
                file.path, "'\(place.inFile)' has shape \(tensor.shape)", expected: "\(place.expected.tensor.shape)",
                hint: settings(of: place.expected.name))
        }
        guard let index = tensor.values.firstIndex(where: { !$0.isFinite }) else { return }
        throw Diagnostic(
            file.path, "element \(index) of '\(place.inFile)' is \(tensor.values[index])", expected: "a finite number")
    }

    /// Which settings decide about the shape of an array.
    private func settings(of name: String) -> String? {
        for part in layout.parts {
            switch part {
            case .embedding(name):
                return "its rows are the vocabulary's entries (\(Self.vocabulary)), its columns model.input.embedding"
            case .recurrent(let layer, _, let names) where names.contains(name):
                var input = "what comes in"
                if layer == 0, case .oneHot = model.input {
                    input += ", which is one-hot: the vocabulary's entries (\(Self.vocabulary))"
                }
                return "compare model.layers[\(layer)]: cell, size, bidirectional, reset, and \(input)"
            case .dense(let number, name, _), .dense(let number, _, name): return "compare model.dense[\(number)]"
            case .output(name, _), .output(_, name):
                return "its outputs are the labels, tags or entries of the vocabulary, in order"
            default: continue
            }
        }
        return nil
    }

    private static var vocabulary: String { "give them with --vocabulary; padding and [UNK] come first" }

    private func missing(_ place: Place) -> Diagnostic {
        let listed = file.names.prefix(20).joined(separator: ", ") + (file.names.count > 20 ? " and more" : "")
        return Diagnostic(
            file.path, "'\(place.inFile)' is missing", expected: "the layers of the configuration",
            hint: "\(reason(forMissing: place)); it has \(listed.isEmpty ? "nothing" : listed)")
    }

    private func reason(forMissing place: Place) -> String {
        let name = place.expected.name
        switch file.kind {
        case .kerasWeights, .kerasArchive:
            // An archive's classes have been compared.
            return file.architecture == nil
                ? "groups are named by the layers' classes, in order: compare model.input, model.layers (cell, "
                    + "bidirectional) and model.dense"
                : "a layer made of a cell, or inside another, is called otherwise: --rename layers/lstm=layers/rnn"
        case .safetensors, .stateDictionary:
            let there = modules(file.names), own = modules([place.inFile])
            if let module = own.first, file.names.contains("\(module).weight_ih") {
                return "the weights of a cell by itself (nn.LSTMCell) want names that end in _l0, as those of nn.LSTM"
            }
            if own.allSatisfy({ there.contains($0) }) {
                if file.names.contains(place.inFile.replacing("bias", with: "weight")) {
                    return "a layer that was made without bias wants one of zeros"
                }
                if name.contains("_reverse") { return "it has one direction: compare bidirectional of model.layers" }
                return name.contains("weight_ih_")
                    ? "compare how many there are in model.layers"
                    : "a layer has its weight itself: where it is made of others (weight_norm), save it without them"
            }
            if model.isUniform ? there.contains("rnn.0") : there.contains("rnn") {
                return model.isUniform
                    ? "a module for each layer stands for layers that are not alike: compare model.layers"
                    : "one module for all layers stands for layers that are alike (cell, size, bidirectional): compare "
                        + "model.layers"
            }
            return renaming(modules([name]).joined(), among: there)
        }
    }

    /// Advice where a whole module is not in the file: the one name it can have there, or else which setting made it.
    private func renaming(_ module: String, among there: [String]) -> String {
        func arrays(_ module: String, _ names: [String]) -> Set<String> {
            Set(names.filter { Self.isIn(module, $0) }.map { String($0.dropFirst(module.count)) })
        }
        let own = places.map(\.expected.name), wanted = arrays(module, own)
        let candidates = there.filter { candidate in
            !places.contains { Self.isIn(candidate, $0.inFile) } && arrays(candidate, file.names) == wanted
        }
        let others = modules(own).filter { other in
            arrays(other, own) == wanted
                && !places.contains { Self.isIn(other, $0.expected.name) && file.names.contains($0.inFile) }
        }
        let settings = [("embedding", "model.input"), ("rnn", "model.layers"), ("dense", "model.dense")]
        let setting = settings.first { module == $0.0 || module.hasPrefix($0.0 + ".") }?.1
        return (setting.map { "compare \($0), or " } ?? "") + "where it is called otherwise: --rename \(module)="
            + (candidates.count == 1 && others.count == 1 ? candidates[0] : "NAME-IN-FILE")
    }

    private func spare(_ name: String) -> Diagnostic {
        let isReverse = name.contains("_reverse") || name.contains("backward_layer")
        return Diagnostic(
            file.path, "'\(name)' has no place in the model", expected: "the layers of the configuration",
            hint: isReverse
                ? "set bidirectional: true for its layer of model.layers"
                : "add the layer to the configuration, or leave it out of the file")
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
