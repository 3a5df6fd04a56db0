import Optimization
import Tasks

/// Where a run stands, besides its weights and the optimizer's state: all that going on needs.
public struct TrainingState: Equatable, Sendable {
    /// Epochs completed.
    public var epoch = 0
    /// Steps of the current epoch completed.
    public var stepInEpoch = 0
    /// Totals of the current epoch's training steps.
    public var epochTotals: Totals
    public var plateau = LearningRateSchedule.PlateauState()
    public var stopping = StoppingState()
    public var leftOut = LeftOutSteps()
    /// Every epoch's results so far.
    public var history: [EpochRecord] = []

    public init(epochTotals: Totals) { self.epochTotals = epochTotals }

    public var position: RunPosition { RunPosition(epoch: epoch, stepInEpoch: stepInEpoch) }
}

/// A place in a run's data, between two steps.
public struct RunPosition: Equatable, Sendable {
    /// Epochs completed.
    public let epoch: Int
    /// Steps of the current epoch completed.
    public let stepInEpoch: Int
}

/// What early stopping and the choice of the best checkpoint remember.
public struct StoppingState: Equatable, Sendable {
    /// The best value of the watched metric; nil before the first validation.
    public var best: Double?
    /// The optimizer step it was reached at.
    public var bestStep = 0
    /// Epochs since then.
    public var waited = 0

    public init() {}
}

/// Steps whose loss or gradient was not finite, so that they were not made.
public struct LeftOutSteps: Equatable, Sendable {
    public var total = 0
    /// Since the last step that was made.
    public var inARow = 0

    public init() {}
}

/// One line of a run's history.
public struct EpochRecord: Equatable, Sendable {
    public var epoch: Int
    public var step: Int
    public var training: [TaskMetrics.Metric]
    /// Empty where there was no validation.
    public var validation: [TaskMetrics.Metric]

    package init(epoch: Int, step: Int, training: [TaskMetrics.Metric], validation: [TaskMetrics.Metric]) {
        self.epoch = epoch
        self.step = step
        self.training = training
        self.validation = validation
    }

    /// The mean loss of training, which is the first metric.
    public var trainingLoss: Double { training.first?.value ?? .nan }
    /// The mean loss of validation; nil: there was none.
    public var validationLoss: Double? { validation.first?.value }
}
