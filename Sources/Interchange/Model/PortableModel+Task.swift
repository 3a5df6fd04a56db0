import Configuration
import Diagnostics
import SequenceData
import Tasks
import Training

extension PortableModel {
    /// The description of a checkpoint's model.
    public init(_ model: LoadedModel) throws { try self.init(model.task, subject: model.checkpoint.path) }

    /// The description of a task's model, its weights as they are now.
    ///
    /// - Parameter subject: What messages name.
    /// - Throws: `Diagnostic` naming the setting of a part that other frameworks do not have.
    public init(_ task: any SequenceTask, subject: String) throws {
        let configuration = task.configuration, model = configuration.model
        guard let kind = Task(rawValue: configuration.task) else {
            throw Diagnostic(
                subject, "task: \(configuration.task) \(Self.reason(configuration.task))",
                expected: "task: classify, tag or language_model", category: .usage)
        }
        if let part = Self.withoutCounterpart(configuration) {
            throw Diagnostic(
                subject, "\(part.setting) has no counterpart in other frameworks: \(part.reason)",
                expected: part.expected, category: .usage)
        }
        func texts(_ name: String) -> [String] { task.artifacts.first { $0.name == name }?.texts ?? [] }
        self.task = kind
        let vocabulary = texts("vocabulary")
        switch kind {
        case .classify: classes = texts("labels")
        case .tag: classes = texts("tags")
        case .languageModel: classes = vocabulary
        }
        readout = switch (kind, model.readout) {
        case (.tag, _), (.languageModel, _): .everyStep
        case (.classify, .last): .last
        case (.classify, .mean): .mean
        case (.classify, .max): .max
        }
        let weights = task.parameters
        text = PortableText.Kind(rawValue: configuration.data.tokens.rawValue).map {
            PortableText(configuration, vocabulary: vocabulary, kind: $0)
        }
        switch model.input {
        case .oneHot: input = .oneHot(tokens: vocabulary.count)
        case .features: input = .features(width: texts("feature_width").first.flatMap { Int($0) } ?? 1)
        case .embedding: input = .embedding(try weights.tensor("embedding/weight"), isTrained: true)
        case .vectors(_, let isTrained):
            input = .embedding(try weights.tensor("embedding/weight"), isTrained: isTrained)
        }
        layers = try model.layers.enumerated().map { try RecurrentLayer($1, "layers/\($0)", weights) }
        dense = kind == .classify
            ? try model.dense.enumerated().map { try DenseLayer("dense/\($0)", $1.activation, weights) } : []
        isTied = kind == .languageModel && model.output.tied
        if isTied, case .embedding(let table, _) = input {
            output = DenseLayer(weight: table.transposed, bias: try weights.tensor("output/bias"), activation: nil)
        } else {
            output = try DenseLayer("output", nil, weights)
        }
        remarks = model.precision == .bfloat16
            ? [
                "model.precision is bfloat16, which rounds what products take: in float32, as other frameworks "
                    + "compute, outputs differ in their third digit"
            ] : []
    }

    private static func reason(_ task: String) -> String {
        switch task {
        case "translate", "caption": "writes its output word by word with a decoder and beam search of its own"
        case "forecast": "scales series and forecasts in ways of its own"
        default: "is a measure of cells, not a model for use"
        }
    }

    /// The first setting that other frameworks have nothing for.
    private static func withoutCounterpart(
        _ configuration: RunConfiguration
    ) -> (setting: String, reason: String, expected: String)? {
        for (number, layer) in configuration.model.layers.enumerated() {
            let name = "model.layers[\(number)]"
            if layer.layerNorm {
                return (
                    "\(name).layer_norm", "their recurrent layers do not normalize pre-activations",
                    "layer_norm: false"
                )
            }
            if layer.zoneout > 0 || layer.zoneoutCell > 0 {
                return ("\(name).zoneout", "it mixes states with those before, at evaluation, too", "zoneout: 0")
            }
        }
        if configuration.task == "language_model", configuration.model.output.softmax == .adaptive {
            return ("model.output.softmax: adaptive", "it has a tree of clusters of its own", "softmax: full")
        }
        guard configuration.task == "tag" else { return nil }
        let tagging = configuration.tagging
        if tagging.output == .crf {
            return (
                "tagging.output: crf", "the tags of a sentence are chosen together by a search", "output: softmax"
            )
        }
        if tagging.characters != nil {
            return (
                "tagging.characters", "a network over each word's characters runs inside that over words",
                "characters: null"
            )
        }
        if tagging.hiddenWords != nil {
            return ("tagging.hidden_words", "blanks have a word of their own", "hidden_words: null")
        }
        if tagging.context > 0 {
            return ("tagging.context", "each word is read with those around it", "context: 0")
        }
        return nil
    }
}

extension PortableModel.RecurrentLayer {
    fileprivate init(_ layer: ModelConfiguration.Layer, _ name: String, _ weights: ParameterTensors) throws {
        size = layer.size
        let cell: PortableModel.Cell = switch layer.cell {
        case .elman: .elman(layer.activation)
        case .gru: .gru(layer.reset)
        case .lstm: .lstm
        }
        self.cell = cell
        directions = try (layer.bidirectional ? ["forward", "backward"] : ["forward"]).map { direction in
            let name = "\(name)/\(direction)"
            return PortableModel.Direction(
                inputWeight: try weights.tensor("\(name)/input_weight"),
                recurrentWeight: try weights.tensor("\(name)/recurrent_weight"),
                bias: try weights.tensor("\(name)/bias"),
                recurrentBias: cell == .gru(.after) ? try weights.tensor("\(name)/recurrent_bias") : nil)
        }
    }
}

extension PortableModel.DenseLayer {
    fileprivate init(
        _ name: String, _ activation: ModelConfiguration.Activation?, _ weights: ParameterTensors
    ) throws {
        self.init(
            weight: try weights.tensor("\(name)/weight"), bias: try weights.tensor("\(name)/bias"),
            activation: activation)
    }
}
