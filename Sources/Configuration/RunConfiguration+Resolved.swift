extension RunConfiguration {
    /// The same configuration with the defaults that depend on other keys filled in, so that what is
    /// printed, stored and compared is what happens.
    public var resolved: RunConfiguration {
        var configuration = self
        // What is written is read by people: its case and punctuation stay unless the user says so.
        let areWords = data.tokens == .words && task == "classify"
        if task == "language_model", !data.lines {
            configuration.training.truncation = training.truncation ?? RunConfiguration.textWindow
        }
        // Of tagged words, `tagging.input_dropout` drops features.
        if task != "tag" {
            configuration.model.inputDropout =
                model.inputDropout ?? (hasDecoder && model.input != .oneHot ? model.dropout : 0)
        }
        configuration.data.standardize.lowerCase = data.standardize.lowerCase ?? areWords
        configuration.data.standardize.stripPunctuation = data.standardize.stripPunctuation ?? areWords
        configuration.data.standardize.foldAccents = data.standardize.foldAccents ?? false
        configuration.training.optimizer.epsilon = training.optimizer.epsilon ?? training.optimizer.name.epsilon
        configuration.training.optimizer.weightDecay =
            training.optimizer.weightDecay ?? (training.optimizer.name == .adamw ? 0.01 : 0)
        return configuration
    }
}

extension OptimizerConfiguration.Name {
    /// PyTorch's default; nil where there is nothing to add it to.
    fileprivate var epsilon: Double? {
        switch self {
        case .sgd, .asgd: nil
        case .adam, .adamw, .rmsprop: 1e-8
        case .adagrad: 1e-10
        }
    }
}
