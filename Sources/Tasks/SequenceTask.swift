import Configuration
import Kernels
import RecurrentNetworks
import SequenceData

/// What a training loop needs to know of a task: its parameters, its plans, its gradients and its metrics.
///
/// A task is a reader, a network with a loss, metrics and a prediction format; everything else (steps,
/// reductions, checkpoints) is the same for all. Calls with the same arguments give the same bits.
public protocol SequenceTask: AnyObject {
    /// A rank's part of a minibatch.
    associatedtype Batch: TaskBatch

    /// The task's name in configurations.
    static var name: String { get }

    /// The metrics there are, the loss first, which early stopping, schedules and the choice of the best checkpoint may
    /// watch.
    static var metricNames: [String] { get }

    /// The task with freshly read data.
    ///
    /// - Parameters:
    ///   - artifacts: Those of a checkpoint, to go on with; nil: fitted on the training data.
    ///   - keepsData: Whether encoded data may be written to `data.cache`; it is read from there in any case.
    ///   - notice: Told what a user should know, such as how much was read.
    static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, keepsData: Bool,
        notice: (String) -> Void
    ) throws -> Self

    /// The task of a checkpoint, with data to evaluate or none.
    ///
    /// - Parameters:
    ///   - path: Data to evaluate, in the format of the training data; nil: none.
    ///   - vectorWidth: Numbers of a row of the stored embedding; nil: there is none.
    static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?,
        team: ThreadTeam
    ) throws -> Self

    var configuration: RunConfiguration { get }
    var parameters: Parameters<Float> { get }

    /// The layers as `rnn-dist summary` shows them.
    var layers: [LayerDescription] { get }

    /// Vocabularies and the like, which a checkpoint keeps so that later data is read in the same way.
    var artifacts: [TaskArtifact] { get }

    /// What training carries from one step to the next besides the parameters; nil: nothing.
    var carriedState: CarriedState? { get }

    /// The plan of a training epoch, from 0.
    func trainingPlan(epoch: Int) -> EpochPlan

    /// Training examples that truncation at so many time steps touches; nil: all, by windows that carry states on.
    func trainingExamples(longerThan steps: Int) -> Int?

    /// The plan of a validation; nil: there is no validation data.
    var validationPlan: EpochPlan? { get }

    /// Hands out the bytes of the training data or the validation data, for a fingerprint.
    func withFingerprintBytes(ofValidation: Bool, _ body: (UnsafeRawBufferPointer) -> Void)

    /// Prepares a rank's part of a training step.
    ///
    /// - Parameters:
    ///   - step: Within the plan.
    ///   - shards: The rank's shards.
    ///   - subtrees: The maximal aligned subtrees they form.
    func trainingBatch(_ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees) -> Batch

    /// A rank's part of a validation step; steps are asked for in order.
    func validationBatch(_ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees) -> Batch

    /// The rows of each table that a batch reads, sorted, each once.
    func rowsRead(_ batch: Batch) -> [[Int32]]

    /// Takes over changed parameters.
    func parametersChanged()

    /// Sums loss gradients over the batch's shards.
    ///
    /// - Parameter optimizerStep: Steps made before, which dropout depends on.
    /// - Returns: For each shard with examples its totals; `sums[0]` is the loss, `sums[1]` the target weight;
    ///   `counts[0]` examples, `counts[1]` tokens.
    func gradients(_ batch: Batch, optimizerStep: Int, into gradients: Gradients<Float>) -> ShardTotals

    /// Evaluates a batch.
    func evaluate(_ batch: Batch) -> ShardTotals

    /// Lengths of a shard's sums and of the counts.
    var totalsShape: (sums: Int, counts: Int) { get }

    /// Length of the counts of an evaluation, which may tell more than those of training.
    var evaluationCounts: Int { get }

    /// The metrics that totals amount to.
    func metrics(_ totals: Totals) -> TaskMetrics

    /// What to know about the validation data besides its metrics.
    var validationRemarks: [DataRemark] { get }

    /// What of a request for predictions is of use to the model.
    var predictionOptions: [PredictionOption] { get }

    /// Answers a request for predictions, one for each text or sequence of it.
    ///
    /// - Parameter notice: Told what a user should know of the input, such as tokens that the model does not know.
    /// - Throws: `Diagnostic` where the request does not fit the task or its input cannot be read.
    func predict(_ request: PredictionRequest, notice: (String) -> Void) throws -> [Prediction]
}

extension SequenceTask {
    /// The loss among the task's metrics, with its unit.
    public static var lossName: String { metricNames[0] }

    /// The name among the task's metrics of what a configuration watches.
    public static func metricName(_ watched: TrainingConfiguration.Watched) -> String {
        watched == .loss ? lossName : watched.rawValue
    }

    /// The task with freshly read data, by a process that keeps nothing.
    public static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, notice: (String) -> Void
    ) throws -> Self {
        try forTraining(configuration, team: team, artifacts: artifacts, keepsData: false, notice: notice)
    }

    public var carriedState: CarriedState? { nil }

    public var validationRemarks: [DataRemark] { [] }

    public var predictionOptions: [PredictionOption] { [] }

    package func predict(_ request: PredictionRequest) throws -> [Prediction] { try predict(request) { _ in } }

    public var evaluationCounts: Int { totalsShape.counts }

    /// A forward and backward pass after so many optimizer steps.
    func trainingPass(_ optimizerStep: Int) -> Pass {
        Pass(trainingStep: optimizerStep, seed: configuration.seed, truncation: configuration.training.truncation)
    }
}

/// A rank's part of a minibatch of some task.
public protocol TaskBatch {
    /// Whether none of the step's examples is in the rank's shards.
    var isEmpty: Bool { get }
}

extension Batch: TaskBatch {
    public var isEmpty: Bool { packed.sequences == 0 }
}

/// Named texts a task needs to read data: a vocabulary, labels.
public struct TaskArtifact: Equatable, Sendable {
    public let name: String
    public let texts: [String]

    public init(name: String, texts: [String]) {
        self.name = name
        self.texts = texts
    }
}
