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
    /// Every epoch's results so far.
    public var history: [EpochRecord] = []

    public init(epochTotals: Totals) { self.epochTotals = epochTotals }
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

/// One line of a run's history.
public struct EpochRecord: Equatable, Sendable {
    public var epoch: Int
    public var step: Int
    public var trainingLoss: Double
    public var trainingAccuracy: Double
    public var validationLoss: Double?
    public var validationAccuracy: Double?

    package init(
        epoch: Int, step: Int, trainingLoss: Double, trainingAccuracy: Double, validationLoss: Double?, validationAccuracy: Double?
    ) {
        self.epoch = epoch
        self.step = step
        self.trainingLoss = trainingLoss
        self.trainingAccuracy = trainingAccuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
    }
}
