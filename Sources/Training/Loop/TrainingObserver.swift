import Configuration
import SequenceData
import Tasks

/// Told what happens in a run, on rank 0 only.
public protocol TrainingObserver: AnyObject {
    /// Something a user should know, in a line.
    func notice(_ text: String)
    func runStarted(_ run: RunDescription)
    func epochStarted(_ epoch: Int, steps: Int)
    func stepCompleted(_ step: StepReport)
    func stepLeftOut(_ step: LeftOutStep)
    func validated(_ metrics: TaskMetrics, epoch: Int, step: Int, seconds: Double)
    func epochCompleted(_ epoch: EpochReport)
    func checkpointWritten(_ path: String, step: Int, isBest: Bool, seconds: Double)
    func runEnded(_ outcome: TrainingOutcome)
}

/// What a run is, at its start.
public struct RunDescription: Sendable {
    public let configuration: RunConfiguration
    public let ranks: Int
    public let hosts: [String]
    public let threads: Int
    public let parameters: Int
    public let stepsPerEpoch: Int
    /// Optimizer steps already made, when the run continues.
    public let startStep: Int
    /// The task's loss, with its unit.
    public let lossName: String
    /// The make of rank 0's processor.
    public let processor: String
    /// Bytes that a rank is expected to take.
    public let memoryEstimate: Int
    /// By a plan made before; nil: there is none.
    public let predictedTokensPerSecond: Double?

    public init(
        configuration: RunConfiguration, ranks: Int, hosts: [String], threads: Int, parameters: Int, stepsPerEpoch: Int,
        startStep: Int, lossName: String, processor: String, memoryEstimate: Int,
        predictedTokensPerSecond: Double? = nil
    ) {
        self.configuration = configuration
        self.ranks = ranks
        self.hosts = hosts
        self.threads = threads
        self.parameters = parameters
        self.stepsPerEpoch = stepsPerEpoch
        self.startStep = startStep
        self.lossName = lossName
        self.processor = processor
        self.memoryEstimate = memoryEstimate
        self.predictedTokensPerSecond = predictedTokensPerSecond
    }
}

/// One optimizer step.
public struct StepReport: Sendable {
    /// From 0.
    public let epoch: Int
    /// Steps of the epoch completed, this one included.
    public let stepInEpoch: Int
    public let stepsInEpoch: Int
    /// Optimizer steps of the run, this one included.
    public let step: Int
    /// Mean loss of this step's targets.
    public let loss: Double
    public let learningRate: Double
    /// Of the mean gradient, before clipping.
    public let gradientNorm: Double
    public let tokens: Int
    public let seconds: Double
    /// Of the run so far.
    public let stepsLeftOut: Int
}

/// A step that was left out, since its loss or gradient was not finite.
public struct LeftOutStep: Sendable {
    /// From 0.
    public let epoch: Int
    /// The optimizer step it would have been.
    public let step: Int
    /// What was not finite, in words.
    public let reason: String
    /// Of the run so far, this one included.
    public let stepsLeftOut: Int
}

/// One epoch.
public struct EpochReport: Sendable {
    public let epoch: Int
    public let step: Int
    public let training: TaskMetrics
    public let validation: TaskMetrics?
    public let plan: EpochPlan.Statistics
    /// Tokens read in `seconds`: fewer than the plan's where the run went on inside the epoch.
    public let tokens: Int
    public let seconds: Double
    /// What this process has spent in the epoch's training steps: of each rank, by number of the `StepPhase`.
    public let nanoseconds: [[UInt64]]
    /// nil: there is one rank.
    public let balance: RankBalance?
    public let learningRate: Double
    public let truncation: TruncationReport?
    public let bytesSentPerStep: Int
    /// Of the run so far, since their loss or gradient was not finite.
    public let stepsLeftOut: Int
    public let history: [EpochRecord]
    /// After the last step. To be read while the observer is told, as is `gradient`.
    public let weights: ParameterValues
    /// The last step's mean gradient, before clipping; nil: the step was left out.
    public let gradient: ParameterValues?
}

/// What truncated backpropagation did in an epoch.
public struct TruncationReport: Equatable, Sendable {
    public let steps: Int
    /// Sequences longer than the window.
    public let sequences: Int
    public let total: Int
}

/// How a run ended.
public enum TrainingOutcome: Equatable, Sendable {
    /// All epochs are done, or early stopping ended the run, for a reason.
    case completed(digest: String, bestStep: Int?, stoppedEarly: String?)
    /// Somebody asked the run to stop; a checkpoint was written.
    case stopped(checkpoint: String, reason: String)
}
