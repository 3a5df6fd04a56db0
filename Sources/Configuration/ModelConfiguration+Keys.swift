extension ModelConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key(
                "input", \.input, .input,
                "{one_hot: true}, {embedding: 128}, {vectors: glove.txt, trainable: false}, features"),
            Key(
                "layers", \.layers, .list(of: .section, count: 1...Limits.layers),
                "recurrent layers, input side first"),
            Key(
                "decoder_layers", \.decoderLayers, .list(of: .section, count: 0...Limits.layers),
                "[]: like layers, but forward alone", tasks: ["translate"]),
            Key("attention", \.attention, .choice, "none, multiplicative or additive", tasks: ["translate"]),
            Key("readout", \.readout, .choice, "last state, or mean or max over time", tasks: ["classify", "forecast"]),
            Key("dropout", \.dropout, .number(in: 0..<1), "probability of dropping a unit behind each layer"),
            Key("dropout_kind", \.dropoutKind, .choice, "standard, or variational: one mask for all time steps"),
            Key(
                "input_dropout", \.inputDropout, .optional(.number(in: 0..<1)),
                "of the first layer's input (tag: tagging.input_dropout)",
                tasks: ["classify", "language_model", "translate", "caption", "forecast", "memory"]),
            Key("embedding_dropout", \.embeddingDropout, .number(in: 0..<1), "of whole rows of the embedding"),
            Key("weight_drop", \.weightDrop, .number(in: 0..<1), "of elements of recurrent weights, anew each step"),
            Key(
                "dense", \.dense, .list(of: .section(orOnly: \.size, .whole(Limits.size)), count: 0...Limits.layers),
                "hidden layers before the output: [64, {size: 32, activation: tanh}]",
                tasks: ["classify", "forecast", "memory"]),
            Key(
                "output", \.output, .section, "the layer that names a token in every time step",
                tasks: ["language_model"]),
            Key("initializer", \.initializer, .choice, "pytorch or keras: distribution of the initial weights"),
            Key(
                "precision", \.precision, .choice,
                "what products round their operands to: float32 (not at all) or bfloat16"),
        ]
    }

    func check(_ given: Given) throws {
        let readsRows = switch input {
        case .embedding, .vectors: true
        case .oneHot, .features: false
        }
        if embeddingDropout > 0, !readsRows {
            throw given.conflict(
                at: "embedding_dropout", "input", found: "model.embedding_dropout needs an embedding",
                expected: "model.input: {embedding: SIZE}")
        }
        if inputDropout ?? 0 > 0, input == .oneHot {
            throw given.conflict(
                at: "input_dropout", "input", found: "model.input_dropout does not go with one-hot input",
                expected: "model.input: {embedding: SIZE}", hint: "model.embedding_dropout drops whole tokens")
        }
    }
}

extension ModelConfiguration.Layer: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("cell", \.cell, .choice, "elman, gru or lstm"),
            Key("size", \.size, .whole(Limits.size), "units in each direction"),
            Key("bidirectional", \.bidirectional, .flag, "reads the sequence in both directions"),
            Key("activation", \.activation, .choice, "tanh, relu or sigmoid", only: .when("cell", \.cell, is: .elman)),
            Key(
                "reset", \.reset, .choice, "before (Cho 2014) or after (PyTorch, Keras) the recurrent product",
                only: .when("cell", \.cell, is: .gru)),
            Key(
                "forget_bias", \.forgetBias, .optional(.number(in: -1000...1000)),
                "initial bias of the forget gate; null: the initializer's", only: .when("cell", \.cell, is: .lstm)),
            Key("layer_norm", \.layerNorm, .flag, "normalizes pre-activations (lstm: and cell states)"),
            Key("zoneout", \.zoneout, .number(in: 0..<1), "probability that a unit keeps its hidden state"),
            Key(
                "zoneout_cell", \.zoneoutCell, .number(in: 0..<1), "likewise of the cell state",
                only: .when("cell", \.cell, is: .lstm)),
        ]
    }

    func check(_ given: Given) throws {
        if layerNorm, cell == .gru, reset == .before {
            throw given.conflict(
                at: "layer_norm", "reset", found: "\(given.path).layer_norm does not go with reset: before",
                expected: "reset: after")
        }
    }
}

extension ModelConfiguration.Output: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("softmax", \.softmax, .choice, "full, or adaptive (Grave et al. 2017) for large vocabularies"),
            Key(
                "tied", \.tied, .flag, "its weight is the embedding (Press & Wolf 2017)",
                only: .when("softmax", \.softmax, is: .full)),
            Key(
                "cutoffs", \.cutoffs, .list(of: .whole(Limits.size), count: 0...Limits.layers),
                "tokens, by falling frequency, where clusters begin: [2000, 10000]",
                only: .when("softmax", \.softmax, is: .adaptive)),
            Key(
                "factor", \.factor, .number(above: 0, upTo: 1000),
                "how much narrower each cluster is than the one before",
                only: .when("softmax", \.softmax, is: .adaptive)),
        ]
    }

    func check(_ given: Given) throws {
        guard softmax == .adaptive else { return }
        guard !cutoffs.isEmpty, zip(cutoffs, cutoffs.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw given.conflict(
                at: "cutoffs", "softmax",
                found: "model.output.cutoffs is [\(cutoffs.map(String.init).joined(separator: ", "))]",
                expected: "at least one number, rising")
        }
    }
}

extension ModelConfiguration.Dense: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("size", \.size, .whole(Limits.size), "units"),
            Key("activation", \.activation, .choice, "tanh, relu or sigmoid"),
        ]
    }
}
