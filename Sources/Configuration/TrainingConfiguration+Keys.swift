extension TrainingConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("batch_size", \.batchSize, .whole(Limits.size), "sequences per optimizer step, over all ranks"),
            Key("shards", \.shards, .powerOfTwo(upTo: Limits.shards), "a power of two, at least the number of ranks"),
            Key("wire", \.wire, .choice, "gradients travel as float32, or as bfloat16: rounded, half the bytes"),
            Key("epochs", \.epochs, .whole(Limits.count), "passes over the training data", mayChange: true),
            Key(
                "truncation", \.truncation, .optional(.whole(Limits.count)),
                "time steps a gradient travels; null: all"),
            Key(
                "random_truncation", \.randomTruncation, .optional(.section),
                "windows of random lengths about truncation; null: all alike", tasks: ["language_model"]),
            Key(
                "bucket_batches", \.bucketBatches, .whole(Limits.count),
                "batches shuffled together before sorting by length"),
            Key("optimizer", \.optimizer, .section, "how gradients change weights"),
            Key("schedule", \.schedule, .section, "of the learning rate", mayChange: true),
            Key(
                "clip_norm", \.clipNorm, .optional(.number(above: 0, upTo: 1e9)),
                "largest norm of the gradient; null: no clipping", mayChange: true),
            Key(
                "non_finite", \.nonFinite, .choice,
                "a step whose loss or gradient is not finite: ends the run (stop) or is left out (skip)",
                mayChange: true),
            Key(
                "activation_regularization", \.activationRegularization, .number(in: 0...1e6),
                "strength of the penalty on large activations", tasks: haveOutputs),
            Key(
                "temporal_activation_regularization", \.temporalActivationRegularization, .number(in: 0...1e6),
                "likewise on their changes over time", tasks: haveOutputs),
            Key(
                "class_weights", \.classWeights, .classWeights, "none, balanced or {LABEL: WEIGHT}", tasks: ["classify"]
            ),
            Key(
                "label_smoothing", \.labelSmoothing, .number(in: 0..<1), "share of the target spread over all tokens",
                tasks: ["translate", "caption"]),
            Key(
                "bleu", \.bleu, .flag, "translates the validation data in each validation", tasks: ["translate"],
                mayChange: true),
            Key(
                "validate_every_steps", \.validateEverySteps, .optional(.whole(Limits.count)),
                "besides at each epoch's end", mayChange: true),
            Key(
                "early_stopping", \.earlyStopping, .optional(.section),
                "stops when validation no longer improves", mayChange: true),
            Key(
                "digest_every_steps", \.digestEverySteps, .whole(Limits.count),
                "compares the weights of the ranks", mayChange: true),
            Key("log_every_steps", \.logEverySteps, .whole(Limits.count), "writes a line of metrics", mayChange: true),
        ]
    }

    /// Tasks with an output in every time step.
    private static var haveOutputs: [String] { ["language_model", "tag", "translate", "caption", "forecast"] }

    func check(_ given: Given) throws {
        guard schedule.name == .cosine || schedule.name == .plateau, schedule.minimum > optimizer.learningRate else {
            return
        }
        throw given.conflict(
            at: "schedule.minimum", "optimizer.learning_rate",
            found: "training.schedule.minimum is \(schedule.minimum.decimal)",
            expected: "at most training.optimizer.learning_rate, \(optimizer.learningRate.decimal)")
    }
}

extension TrainingConfiguration.EarlyStopping: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("patience", \.patience, .whole(Limits.count), "epochs without improvement before the run stops"),
            Key("metric", \.metric, .choice, "of validation: \(TrainingConfiguration.Watched.listed)"),
            Key("min_delta", \.minDelta, .number(in: 0...1e9), "smaller changes are no improvement"),
        ]
    }
}

extension RandomTruncation: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("half", \.half, .number(in: 0...1), "share of the windows about half as long"),
            Key("deviation", \.deviation, .number(in: 0...1e6), "standard deviation of a length, time steps"),
            Key("minimum", \.minimum, .whole(Limits.count), "least length, time steps"),
        ]
    }
}

extension OptimizerConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("name", \.name, .choice, "sgd, adam, adamw, rmsprop, adagrad or asgd (averaged)"),
            Key("learning_rate", \.learningRate, .number(above: 0, upTo: 1000), "size of a step", mayChange: true),
            Key("beta1", \.beta1, .number(in: 0..<1), "decay of the mean gradient", only: .adam),
            Key("beta2", \.beta2, .number(in: 0..<1), "decay of the mean square", only: .adam),
            Key(
                "epsilon", \.epsilon, .optional(.number(above: 0, upTo: 1)), "added to the root of the mean square",
                only: .when("name", \.name, is: .adam, .adamw, .rmsprop, .adagrad)),
            Key(
                "weight_decay", \.weightDecay, .optional(.number(in: 0...1000)),
                "adamw: decoupled; others: added to the gradient"),
            Key(
                "sparse_rows", \.sparseRows, .choice,
                "embedding rows without a gradient take every step (exact) or stand still (lazy)",
                only: .when("name", \.name, is: .sgd, .adam, .rmsprop, .adagrad)),
            Key(
                "momentum", \.momentum, .number(in: 0..<1), "decay of the velocity",
                only: .when("name", \.name, is: .sgd, .rmsprop)),
            Key("nesterov", \.nesterov, .flag, "looks ahead; needs momentum", only: .when("name", \.name, is: .sgd)),
            Key(
                "alpha", \.alpha, .number(in: 0..<1),
                "decay of the mean square", only: .when("name", \.name, is: .rmsprop)),
            Key(
                "initial_accumulator", \.initialAccumulator, .number(in: 0...1e9), "first value of the sum of squares",
                only: .when("name", \.name, is: .adagrad)),
            Key(
                "trigger_step", \.triggerStep, .optional(.whole(Limits.countOrZero)),
                "steps before averaging begins; null: once validation no longer improves",
                only: .when("name", \.name, is: .asgd)),
            Key(
                "trigger_epochs", \.triggerEpochs, .whole(Limits.count),
                "epochs without a better loss that begin it", only: .when("name", \.name, is: .asgd)),
        ]
    }

    func check(_ given: Given) throws {
        if nesterov, momentum == 0 {
            throw given.conflict(
                at: "nesterov", "momentum", found: "training.optimizer.nesterov is true, but there is no momentum",
                expected: "a training.optimizer.momentum above 0")
        }
        if sparseRows == .lazy, let decay = weightDecay, decay > 0 {
            throw given.conflict(
                at: "sparse_rows", "weight_decay",
                found: "training.optimizer.sparse_rows is lazy, but weight decay moves every row in every step",
                expected: "sparse_rows: exact, or no weight_decay")
        }
    }
}

extension Condition<OptimizerConfiguration> {
    fileprivate static var adam: Self { .when("name", \.name, is: .adam, .adamw) }
}

extension ScheduleConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("name", \.name, .choice, "constant, step, exponential, cosine or plateau"),
            Key("warmup_steps", \.warmupSteps, .whole(Limits.countOrZero), "steps of linear warm-up before"),
            Key(
                "every", \.every, .whole(Limits.count), "epochs between reductions; plateau: without improvement",
                only: .when("name", \.name, is: .step, .plateau)),
            Key(
                "keep_epochs", \.keepEpochs, .whole(Limits.count),
                "epochs at the full rate, before the first reduction",
                only: .when("name", \.name, is: .exponential)),
            Key(
                "factor", \.factor, .number(above: 0, upTo: 1), "of each reduction; exponential: each epoch",
                only: .when("name", \.name, is: .step, .exponential, .plateau)),
            Key(
                "minimum", \.minimum, .number(in: 0...1000), "smallest learning rate",
                only: .when("name", \.name, is: .cosine, .plateau)),
            Key(
                "metric", \.metric, .choice, "of validation: \(TrainingConfiguration.Watched.listed)",
                only: .when("name", \.name, is: .plateau)),
        ]
    }
}

extension TrainingConfiguration.Watched {
    /// `loss, accuracy or rmse`
    fileprivate static var listed: String { allCases.map(\.rawValue).listed("or") }
}
