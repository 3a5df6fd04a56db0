import Diagnostics

extension RunConfiguration {
    /// Whether the task emits sequences of tokens, token by token.
    var hasDecoder: Bool { task == "translate" || task == "caption" }

    /// What tasks that emit sequences allow, and other tasks do not.
    func checkDecoder(_ given: Given) throws {
        guard hasDecoder else {
            guard data.tokens == .subwords else { return }
            throw given.conflict(
                at: "data.tokens", found: "data.tokens: subwords does not go with task: \(task)",
                expected: "task: translate or caption")
        }
        switch model.input {
        case .oneHot, .embedding: break
        case .vectors, .features:
            throw given.conflict(
                at: "model.input", found: "model.input \(model.input.yaml.shown) does not go with task: \(task)",
                expected: "{embedding: SIZE} or {one_hot: true}")
        }
        if data.tokens == .values || data.tokens == .bytes {
            throw given.conflict(
                at: "data.tokens", found: "data.tokens: \(data.tokens.rawValue) does not go with task: \(task)",
                expected: "words, characters or subwords")
        }
        if training.truncation != nil {
            throw given.conflict(
                at: "training.truncation", found: "training.truncation does not go with task: \(task)",
                expected: "whole sequences: null")
        }
        let decoder = task == "caption" ? ("model.layers", model.layers) : ("model.decoder_layers", model.decoderLayers)
        if decoder.1.contains(where: \.bidirectional) {
            throw given.conflict(
                at: decoder.0, found: "\(decoder.0) has a layer that is bidirectional",
                expected: "layers that run forward", hint: "a decoder has not seen what it is about to emit")
        }
        if data.features == nil, data.validationFeatures != nil {
            throw given.conflict(
                at: "data.validation_features", found: "data.validation_features needs data.features",
                expected: "both or none")
        }
        if data.features != nil, (data.validation == nil) != (data.validationFeatures == nil) {
            throw given.conflict(
                at: "data.validation", "data.validation_features",
                found: "one of data.validation and data.validation_features is missing", expected: "both or none")
        }
    }
}
