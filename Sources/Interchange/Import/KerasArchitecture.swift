import Configuration
import Diagnostics
import Foundation

/// What the layers of a Keras archive compute, as its `config.json` says.
///
/// Weights show neither activations nor directions, nor which states are read; where these are others than the
/// configuration's, an imported model would give wrong answers without a word.
package struct KerasArchitecture {
    /// A layer: its class, its name, what it was made with, and how often a functional model has it.
    private struct Layer {
        var kind: String
        let name: String
        var arguments: [String: Any]
        let uses: Int

        /// nil: what describes no layer.
        init?(_ json: Any?) {
            guard let object = json as? [String: Any], let kind = object["class_name"] as? String,
                let arguments = object["config"] as? [String: Any]
            else { return nil }
            (self.kind, self.arguments) = (kind, arguments)
            name = arguments["name"] as? String ?? kind
            uses = (object["inbound_nodes"] as? [Any])?.count ?? 1
        }

        /// An argument as Python writes it; an activation's name may stand in an object.
        func value(_ argument: String, or standard: String) -> String {
            guard let value = arguments[argument] else { return standard }
            if let flag = value as? Bool { return flag ? "True" : "False" }
            let object = value as? [String: Any]
            return value as? String ?? object?["config"] as? String ?? object?["class_name"] as? String
                ?? (value is NSNull ? "None" : "unknown")
        }
    }

    private static let models = ["Sequential", "Functional", "Model"]
    /// Classes that change no answer where nothing is padded; Keras makes masks of the last two.
    private static let idle = [
        "InputLayer", "TextVectorization", "StringLookup", "Masking", "Dropout", "SpatialDropout1D", "GaussianDropout",
        "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity", "NotEqual", "Any",
    ]
    private static let cells = ["SimpleRNNCell": "SimpleRNN", "GRUCell": "GRU", "LSTMCell": "LSTM"]
    private static let activations = ModelConfiguration.Activation.allCases.map(\.rawValue).listed("or")
    /// In bytes; what is made of them takes hundreds of times as many at worst.
    private static let largest = 8 << 20

    private let subject: String
    private var embedding: Layer?
    /// Directions: forward, then backward.
    private var recurrent: [(name: String, directions: [Layer])] = []
    private var pooling: Layer?
    private var dense: [Layer] = []

    /// - Parameter json: The bytes of `config.json`.
    /// - Throws: `Diagnostic` for what describes no model, and for layers or an order that no configuration has.
    package init(_ json: [UInt8], subject: String) throws {
        self.subject = subject
        guard json.count <= Self.largest, let model = Layer(try? JSONSerialization.jsonObject(with: Data(json))),
            Self.models.contains(model.kind), model.arguments["layers"] is [Any]
        else {
            throw Diagnostic(
                subject, "its config.json describes no model of layers",
                expected: "a Sequential or functional one, of at most \(Self.largest >> 20) MiB",
                hint: "build such a model with the same layers, and set_weights")
        }
        try add(model)
    }

    private mutating func add(_ layer: Layer) throws {
        switch layer.kind {
        case _ where Self.idle.contains(layer.kind): break
        case _ where layer.uses > 1: throw foreign(layer, "is used \(layer.uses) times")
        case _ where Self.models.contains(layer.kind):
            for json in layer.arguments["layers"] as? [Any] ?? [] {
                guard let inner = Layer(json) else { throw foreign(layer, "has one without class_name and config") }
                try add(inner)
            }
        case "Embedding": embedding = try inOrder(layer)
        case "SimpleRNN", "GRU", "LSTM", "RNN", "Bidirectional":
            recurrent.append((layer.name, try directions(inOrder(layer))))
        case "GlobalAveragePooling1D", "GlobalMaxPooling1D": pooling = try inOrder(layer)
        case "Dense": dense.append(layer)
        case "Activation": try apply(layer.value("activation", or: "linear"), layer)
        case "Softmax": try apply("softmax", layer)
        case "TimeDistributed":
            guard let inner = Layer(layer.arguments["layer"]), inner.kind == "Dense" else { throw foreign(layer) }
            try add(inner)
        default: throw foreign(layer)
        }
    }

    /// A layer that reads time steps: before what makes a vector of them.
    private func inOrder(_ layer: Layer) throws -> Layer {
        guard let last = dense.last ?? pooling else { return layer }
        throw foreign(layer, "comes behind '\(last.name)'")
    }

    /// An activation in a layer of its own is that of the dense layer before.
    private mutating func apply(_ activation: String, _ layer: Layer) throws {
        if activation == "linear" { return }
        guard dense.last?.value("activation", or: "linear") == "linear" else { throw foreign(layer) }
        dense[dense.count - 1].arguments["activation"] = activation
    }

    private func directions(_ layer: Layer) throws -> [Layer] {
        guard layer.kind == "Bidirectional" else { return [try cell(layer)] }
        try expect(layer, "merge_mode", or: "concat", "concat", "states of both directions stand side by side")
        let forward = try cell(Layer(layer.arguments["layer"]) ?? layer)
        var backward = forward
        backward.arguments["go_backwards"] = true
        return [forward, try cell(Layer(layer.arguments["backward_layer"]) ?? backward)]
    }

    /// A recurrent layer, also where it was made of a cell.
    private func cell(_ layer: Layer) throws -> Layer {
        var layer = layer
        if layer.kind == "RNN", let cell = Layer(layer.arguments["cell"]) {
            layer.kind = Self.cells[cell.kind] ?? cell.kind
            layer.arguments.merge(cell.arguments) { own, _ in own }
        }
        guard Self.cells.values.contains(layer.kind) else { throw foreign(layer) }
        return layer
    }

    private func foreign(_ layer: Layer, _ found: String? = nil) -> Diagnostic {
        differs(
            layer.name, found ?? "is of class \(layer.kind)",
            "Embedding, recurrent layers, pooling over time and Dense layers, in this order", "answers would be others")
    }

    private func differs(_ layer: String, _ found: String, _ expected: String, _ hint: String) -> Diagnostic {
        Diagnostic(subject, "layer '\(layer)' \(found)", expected: expected, hint: hint)
    }

    /// What a user should know that is no difference between the models.
    package var notes: [String] {
        guard let embedding, embedding.value("mask_zero", or: "False") == "False" else { return [] }
        return ["\(subject): layer '\(embedding.name)' has mask_zero=False: padding counts in Keras, here is none"]
    }

    /// Compares what the layers compute with a model that wants their weights.
    ///
    /// - Throws: `Diagnostic` for the first difference that changes answers, with the setting that decides about it.
    package func check(_ model: PortableModel) throws {
        for (there, noun, here, key) in [
            (recurrent.count, "recurrent layer", model.layers.count, "model.layers"),
            (dense.count, "Dense layer", model.dense.count + 1, "model.dense, behind which comes the output"),
        ] where there != here {
            throw Diagnostic(subject, "it has \(there.counted(noun))", expected: "\(here)", hint: "compare \(key)")
        }
        if case .oneHot = model.input, let embedding {
            try expect(embedding, "trainable", or: "True", "False", "set model.input to {embedding: SIZE}")
        }
        for (number, (here, there)) in zip(model.layers, recurrent).enumerated() {
            guard there.directions.count == here.directions.count else {
                throw differs(
                    there.name, "has \(there.directions.count.counted("direction"))", "\(here.directions.count)",
                    "set model.layers[\(number)].bidirectional to \(!here.isBidirectional)")
            }
            for (direction, layer) in there.directions.enumerated() { try check(layer, here, number, direction) }
        }
        try checkReadout(model)
        for (number, (here, there)) in zip(model.dense, dense).enumerated() {
            let hint = "model.dense[\(number)].activation can be \(Self.activations)"
            try expect(there, "activation", or: "linear", here.activation?.rawValue ?? "linear", hint)
        }
        // Logits, and their logarithmic softmax, have the same probabilities.
        let output = dense[model.dense.count]
        if ["linear", "log_softmax"].contains(output.value("activation", or: "linear")) { return }
        try expect(output, "activation", or: "linear", "softmax", "classes exclude each other here")
    }

    private func check(_ layer: Layer, _ here: PortableModel.RecurrentLayer, _ number: Int, _ direction: Int) throws {
        let setting = "model.layers[\(number)]", kind = here.cell.kerasClass.name
        guard layer.kind == kind else {
            let cell = layer.kind == "SimpleRNN" ? "elman" : layer.kind.lowercased()
            throw differs(layer.name, "is of class \(layer.kind)", kind, "set \(setting).cell to \(cell)")
        }
        if case .elman(let own) = here.cell {
            let hint = "\(setting).activation can be \(Self.activations)"
            try expect(layer, "activation", or: "tanh", own.rawValue, hint)
        } else {
            try expect(layer, "activation", or: "tanh", "tanh", "\(kind) layers have no other here")
            try expect(layer, "recurrent_activation", or: "sigmoid", "sigmoid", "\(kind) layers have no other here")
        }
        if case .gru(let reset) = here.cell {
            let hint = "set \(setting).reset to \(reset == .after ? "before" : "after")"
            try expect(layer, "reset_after", or: "True", reset == .after ? "True" : "False", hint)
        }
        let ways = "layers read forward, or with bidirectional: true both ways"
        try expect(layer, "go_backwards", or: "False", direction == 1 ? "True" : "False", ways)
        try expect(layer, "return_state", or: "False", "False", "which of its states is read does not show")
        if number + 1 < recurrent.count {
            try expect(layer, "return_sequences", or: "False", "True", "the layer behind it reads every state")
        }
    }

    private func checkReadout(_ model: PortableModel) throws {
        let isLast = recurrent.last?.directions.first?.value("return_sequences", or: "False") != "True"
        let there = switch pooling?.kind {
        case "GlobalMaxPooling1D": "max"
        case .some: "mean"
        case nil: isLast ? "last" : "every step"
        }
        let here = model.readout.isVector ? "\(model.readout)" : "every step"
        // A language model that answers once says in each step what it says in the last.
        guard there != here, !(there == "last" && model.task == .languageModel) else { return }
        throw Diagnostic(
            subject, "its readout is \(there)", expected: here,
            hint: there == "every step" || here == "every step"
                ? "task: tag answers in every time step, task: classify once" : "set model.readout to \(there)")
    }

    private func expect(_ layer: Layer, _ key: String, or standard: String, _ wanted: String, _ hint: String) throws {
        let found = layer.value(key, or: standard)
        if found != wanted { throw differs(layer.name, "has \(key)=\(found)", wanted, hint) }
    }
}
