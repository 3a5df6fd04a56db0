import Diagnostics

extension RunConfiguration: ConfigurationSection {
    /// The tasks there are; a new task is a name here.
    package static let taskNames = ["classify", "language_model", "tag", "translate", "caption", "forecast", "memory"]

    static var keys: [Key<Self>] {
        [
            Key(
                "task", \.task, .name(among: taskNames),
                "the kind of task: \(taskNames.listed("or"))", isRequired: true),
            Key("seed", \.seed, .whole(0...UInt64.max), "of every random number: initial weights, order, dropout"),
            Key("data", \.data, .section, "where examples come from and how text becomes tokens"),
            Key("model", \.model, .section, "the network, from input to output"),
            Key(
                "forecast", \.forecast, .section, "what is forecast from what", tasks: ["forecast"]),
            Key("tagging", \.tagging, .section, "tags, and what is read of a word", tasks: ["tag"]),
            Key("training", \.training, .section, "how it is trained"),
            Key(
                "checkpoint", \.checkpoint, .section, "besides those at each epoch's end",
                mayChange: true),
            Key(
                "reporting", \.reporting, .section, "what is written for other programs to show",
                mayChange: true),
            Key("output", \.output, .path, "folder of the run: metrics, checkpoints, pictures", mayChange: true),
        ]
    }

    /// Every key with its value; keys of other tasks do not apply.
    var tree: Tree { keysAndValues.forTask(task) }

    func check(_ given: Given) throws {
        try checkTaskKeys(given)
        try checkBuiltin(given)
        try checkLanguageModel(given)
        if task == "tag" { try checkTagging(given) }
        try checkDecoder(given)
        try checkInput(given)
        try checkTying(given)
        try checkValidation(given)
        try checkClassWeights(given)
        try checkForecast(given)
        try checkPenalties(given)
        try checkRandomTruncation(given)
        try checkMemory(given)
        try checkMaxLength(given)
    }

    private func checkTaskKeys(_ given: Given) throws {
        for (path, branch) in keysAndValues.branches() {
            guard let tasks = branch.tasks, !tasks.contains(task), let value = given.at(path), !value.origin.isStored
            else { continue }
            throw given.conflict(
                at: path, found: "\(path) does not go with task: \(task)", expected: "task: \(tasks.listed("or"))")
        }
    }

    private func checkBuiltin(_ given: Given) throws {
        for builtin in DataConfiguration.builtins
        where builtin.name.isBytewise(data.train) && !builtin.tasks.contains(task) {
            throw given.conflict(
                at: "data.train", "task", found: "data.train: \(data.train) does not go with task: \(task)",
                expected: "task: \(builtin.tasks.listed("or"))")
        }
    }

    private func checkLanguageModel(_ given: Given) throws {
        guard task == "language_model" else {
            if data.tokens == .bytes {
                throw given.conflict(
                    at: "data.tokens", found: "data.tokens: bytes does not go with task: \(task)",
                    expected: "task: language_model")
            }
            return
        }
        if let number = model.layers.firstIndex(where: \.bidirectional) {
            throw given.conflict(
                at: "model.layers.\(number).bidirectional", "model.layers",
                found: "model.layers.\(number).bidirectional is true in a language model",
                expected: "false: a layer that reads from the end has seen the token it is to predict")
        }
        if data.tokens == .values {
            throw given.conflict(
                at: "data.tokens", found: "data.tokens: values does not go with task: language_model",
                expected: "characters, words or bytes")
        }
    }

    private func checkMaxLength(_ given: Given) throws {
        guard let value = given.at("data.max_length"), data.maxLength != nil, !value.origin.isStored else { return }
        func conflict(_ other: String, _ expected: String) -> Diagnostic {
            given.conflict(
                at: "data.max_length", found: "data.max_length does not go with \(other)", expected: expected)
        }
        if task == "language_model" {
            if !data.lines { throw conflict("one continuous text", "data.lines: true") }
            if data.tokens == .bytes { throw conflict("data.tokens: bytes", "characters or words") }
        }
        if task == "forecast", data.format != .ucr, data.format != .long {
            throw conflict("a forecast of series", "forecast.window")
        }
    }

    private func checkInput(_ given: Given) throws {
        func conflict(_ expected: String, hint: String? = nil) -> Diagnostic {
            given.conflict(
                at: "model.input", "data.tokens",
                found: "model.input \(model.input.yaml.shown) does not go with data.tokens: \(data.tokens.rawValue)",
                expected: expected, hint: hint)
        }
        switch (data.tokens, model.input) {
        case (.values, .features), (.words, .vectors): break
        case (.values, _): throw conflict("model.input: features")
        case (_, .features): throw conflict("data.tokens: values")
        case (.characters, .vectors), (.subwords, .vectors), (.bytes, .vectors): throw conflict("data.tokens: words")
        case (_, .oneHot), (_, .embedding): break
        }
    }

    private func checkTying(_ given: Given) throws {
        let width = model.layers.last.map { $0.size * ($0.bidirectional ? 2 : 1) } ?? 0
        guard model.output.tied, model.input != .embedding(size: width) else { return }
        throw given.conflict(
            at: "model.output.tied", "model.input",
            found: "model.output.tied makes the embedding the output layer's weight, but they differ in width",
            expected: "model.input: {embedding: \(width)}, as wide as the last layer")
    }

    /// What watches the validation metrics needs some.
    private func checkValidation(_ given: Given) throws {
        guard data.validation == nil, data.validationFraction == 0, forecast.validationSteps == nil else { return }
        let optimizer = training.optimizer
        let watchers = [
            ("training.early_stopping", nil, training.earlyStopping != nil),
            ("training.schedule.name", nil, training.schedule.name == .plateau),
            ("training.validate_every_steps", nil, training.validateEverySteps != nil),
            (
                "training.optimizer.name", "asgd without trigger_step",
                optimizer.name == .asgd && optimizer.triggerStep == nil
            ),
        ]
        for (path, name, isUsed) in watchers where isUsed {
            throw given.conflict(
                at: path, "data.validation_fraction", found: "\(name ?? path) needs validation data, but there is none",
                expected: "data.validation or a data.validation_fraction above 0")
        }
    }

    private func checkClassWeights(_ given: Given) throws {
        guard case .listed(let weights) = training.classWeights, !data.labels.isEmpty else { return }
        for entry in weights.entries where !data.labels.contains(where: entry.label.isBytewise) {
            throw given.conflict(
                at: "training.class_weights", "data.labels",
                found: "training.class_weights has the label '\(entry.label.shown)'",
                expected: "one of data.labels: \(data.labels.prefix(20).joined(separator: ", ").shown)",
                hint: data.labels.nearest(to: entry.label).map { "did you mean '\($0.shown)'?" })
        }
    }
}

extension CheckpointConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("every_steps", \.everySteps, .optional(.whole(Limits.count)), "steps between checkpoints"),
            Key(
                "every_minutes", \.everyMinutes, .optional(.number(above: 0, upTo: 1e6)),
                "minutes between checkpoints"),
            Key("keep", \.keep, .whole(Limits.count), "the newest so many are kept"),
        ]
    }
}
