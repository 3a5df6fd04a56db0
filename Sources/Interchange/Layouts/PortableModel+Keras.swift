extension PortableModel.Cell {
    /// Keras' class, and how Keras names layers and groups of it.
    var kerasClass: (name: String, snake: String) {
        switch self {
        case .elman: ("SimpleRNN", "simple_rnn")
        case .gru: ("GRU", "gru")
        case .lstm: ("LSTM", "lstm")
        }
    }

    /// What Keras is told of a layer of this kind besides its size.
    var kerasArguments: [String: Any] {
        switch self {
        case .elman(let activation): ["activation": activation.rawValue]
        case .gru(let reset): ["reset_after": reset == .after]
        case .lstm: [:]
        }
    }
}

extension PortableModel.Readout {
    /// Whether a sequence becomes one vector.
    var isVector: Bool { if case .everyStep = self { false } else { true } }
}
