/// How the network is trained.
public struct TrainingConfiguration: Equatable, Sendable {
    /// Sequences per optimizer step, over all ranks.
    public var batchSize = 64
    /// Logical parts of a minibatch: a power of two, at least the number of ranks.
    public var shards = 16
    /// What sums of gradients are rounded to, in every node of the shards' tree, so that they travel as it.
    public var wire = Wire.float32
    public var epochs = 10
    /// Longest stretch of time steps a gradient travels (truncated BPTT); nil: the whole sequence.
    public var truncation: Int?
    /// Language models on continuous text: how lengths of windows are drawn; nil: all have `truncation` time steps.
    public var randomTruncation: RandomTruncation?
    /// Batches of like lengths are cut from pools of this many batches of shuffled examples.
    public var bucketBatches = 8
    public var optimizer = OptimizerConfiguration()
    public var schedule = ScheduleConfiguration()
    /// Largest global gradient norm; nil: no clipping.
    public var clipNorm: Double?
    /// What becomes of a step whose loss or gradient is not finite.
    public var nonFinite = NonFinite.stop
    /// Strength of the penalty on large activations of the last layer, after dropout (AR).
    public var activationRegularization = 0.0
    /// Strength of the penalty on their changes from one time step to the next, before dropout (TAR).
    public var temporalActivationRegularization = 0.0
    public var classWeights = ClassWeights.none
    /// Share of the target that is spread over all tokens.
    public var labelSmoothing = 0.0
    /// Translate the validation data in each validation, and score it.
    public var bleu = false
    /// Validate every so many steps besides at each epoch's end; nil: only there.
    public var validateEverySteps: Int?
    public var earlyStopping: EarlyStopping?
    /// Compare a digest of the parameters across ranks every so many steps.
    public var digestEverySteps = 1000
    /// Write a line of metrics every so many steps.
    public var logEverySteps = 50

    public init() {}

    /// The strengths of both penalties on activations.
    public var activationPenalties: (activations: Double, changes: Double) {
        (activationRegularization, temporalActivationRegularization)
    }

    public enum ClassWeights: Equatable, Sendable {
        case none
        /// examples / (classes · examples of the class)
        case balanced
        case listed(LabelWeights)
    }

    public enum Wire: String, CaseIterable, Sendable { case float32, bfloat16 }

    public enum NonFinite: String, CaseIterable, Sendable {
        /// The run ends.
        case stop
        /// The step changes nothing but the position in the data; many in a row end the run.
        case skip
    }

    /// A metric of validation; which there are depends on the task.
    public enum Watched: String, CaseIterable, Sendable {
        case loss, accuracy, macroF1 = "macro_f1", f1, bleu, mae, rmse

        private var isBetterWhenLower: Bool { self == .loss || self == .mae || self == .rmse }

        /// - Parameter best: nil: there is none yet. A value that is not a number is never better: as the best one it
        ///   would keep every later one out.
        public func isBetter(_ value: Double, _ best: Double?, by delta: Double) -> Bool {
            guard let best else { return !value.isNaN }
            return isBetterWhenLower ? value < best - delta : value > best + delta
        }
    }

    public struct EarlyStopping: Equatable, Sendable {
        /// Epochs without improvement before the run stops.
        public var patience = 3
        public var metric = Watched.loss
        public var minDelta = 0.0
        public init() {}
    }
}

public struct OptimizerConfiguration: Equatable, Sendable {
    public var name = Name.adam
    public var learningRate = 0.002
    /// adam, adamw.
    public var beta1 = 0.9
    public var beta2 = 0.999
    /// nil: PyTorch's default of the optimizer (adam 1e-8, rmsprop 1e-8, adagrad 1e-10).
    public var epsilon: Double?
    /// adamw: decoupled; others: added to the gradient. nil: 0.01 for adamw, else 0.
    public var weightDecay: Double?
    /// How rows of a table without a gradient in a step take it.
    public var sparseRows = SparseRows.exact
    /// sgd, rmsprop.
    public var momentum = 0.0
    /// sgd.
    public var nesterov = false
    /// rmsprop: decay of the mean square.
    public var alpha = 0.99
    /// adagrad.
    public var initialAccumulator = 0.0
    /// asgd: steps before averaging begins; nil: it begins when validation no longer improves (NT-ASGD).
    public var triggerStep: Int?
    /// asgd without a fixed step: epochs whose losses must all be worse than an earlier one.
    public var triggerEpochs = 5

    public init() {}

    public enum Name: String, CaseIterable, Sendable { case sgd, adam, adamw, rmsprop, adagrad, asgd }

    public enum SparseRows: String, CaseIterable, Sendable { case exact, lazy }
}

public struct ScheduleConfiguration: Equatable, Sendable {
    public var name = Name.constant
    /// Steps of linear warm-up before the schedule begins.
    public var warmupSteps = 0
    /// step: epochs between reductions. plateau: epochs without improvement before one.
    public var every = 10
    /// exponential: epochs at the full rate, before the first reduction (Zaremba et al. 2014 keep it for 4 or 6).
    public var keepEpochs = 1
    /// step, exponential (per epoch), plateau: factor of each reduction.
    public var factor = 0.1
    /// cosine, plateau: smallest learning rate.
    public var minimum = 0.0
    /// plateau: what is watched.
    public var metric = TrainingConfiguration.Watched.loss

    public init() {}

    public enum Name: String, CaseIterable, Sendable { case constant, step, exponential, cosine, plateau }
}

/// Lengths of the windows of a text, drawn about `truncation`; the learning rate of a step goes with its window's
/// length.
///
/// - Source: Merity, Keskar & Socher 2018, section 5.
public struct RandomTruncation: Equatable, Sendable {
    /// Share of the windows whose length is drawn about half of `truncation`.
    public var half = 0.05
    /// Standard deviation of a length, time steps.
    public var deviation = 5.0
    /// Least length, time steps.
    public var minimum = 5

    public init() {}
}

/// When checkpoints are written, besides at each epoch's end, and how many are kept.
public struct CheckpointConfiguration: Equatable, Sendable {
    public var everySteps: Int?
    public var everyMinutes: Double?
    public var keep = 3

    public init() {}
}
