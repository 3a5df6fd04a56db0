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
            Key("readout", \.readout, .choice, "last state, or mean or max over time"),
            Key("dropout", \.dropout, .number(in: 0..<1), "probability of dropping a unit between layers"),
            Key(
                "dense", \.dense, .list(of: .section(orOnly: \.size, .whole(Limits.size)), count: 0...Limits.layers),
                "hidden layers before the output: [64, {size: 32, activation: tanh}]"),
            Key("initializer", \.initializer, .choice, "pytorch or keras: distribution of the initial weights"),
        ]
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
        ]
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
