import Kernels
import RecurrentNetworks
import SequenceData

/// What a training loop needs to know of a task: its parameters, its plans, its gradients and its metrics.
///
/// A task is a reader, a network with a loss, metrics and a prediction format; everything else (steps,
/// reductions, checkpoints) is the same for all. Calls with the same arguments give the same bits.
public protocol SequenceTask: AnyObject {
    var parameters: Parameters<Float> { get }

    /// Vocabularies and the like, which a checkpoint keeps so that later data is read in the same way.
    var artifacts: [TaskArtifact] { get }

    /// The plan of a training epoch, from 0.
    func trainingPlan(epoch: Int) -> EpochPlan

    /// Training examples that truncation at so many time steps touches.
    func trainingExamples(longerThan steps: Int) -> Int

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
    func trainingBatch(_ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: [Range<Int>]) -> Batch

    /// A rank's part of a validation step.
    func validationBatch(_ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: [Range<Int>]) -> Batch

    /// The rows of each table that a batch reads, sorted, each once.
    func rowsRead(_ batch: Batch) -> [[Int32]]

    /// Takes over changed parameters.
    func parametersChanged()

    /// Sums loss gradients over the batch's shards.
    ///
    /// - Parameter optimizerStep: Steps made before, which dropout depends on.
    /// - Returns: For each shard with examples its totals; `sums[0]` is the loss, `sums[1]` the target weight.
    func gradients(_ batch: Batch, optimizerStep: Int, into gradients: Gradients<Float>) -> ShardTotals

    /// Evaluates a batch.
    func evaluate(_ batch: Batch) -> ShardTotals

    /// Lengths of a shard's sums and of the counts.
    var totalsShape: (sums: Int, counts: Int) { get }

    /// The metrics that totals amount to.
    func metrics(_ totals: Totals) -> TaskMetrics
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

/// What a rank's part of a batch adds to the totals.
public struct ShardTotals: Sendable {
    /// Shards with examples, rising.
    public var shards: [Int]
    /// Floating-point sums of each of them, which the tree adds.
    public var sums: [[Double]]
    /// Integer counts over all of them, which may be added in any order.
    public var counts: [Int64]

    public init(shards: [Int], sums: [[Double]], counts: [Int64]) {
        self.shards = shards
        self.sums = sums
        self.counts = counts
    }
}

/// Totals over all shards of all ranks.
public struct Totals: Equatable, Sendable {
    public var sums: [Double]
    public var counts: [Int64]

    public init(sums: [Double], counts: [Int64]) {
        self.sums = sums
        self.counts = counts
    }
}

/// What a user is told about a model's quality.
public struct TaskMetrics: Equatable, Sendable {
    /// Names are plain words with their unit (`loss_nats`, `accuracy`), in the order to show them.
    public var values: [Metric]
    public var confusion: ConfusionMatrix?

    public struct Metric: Equatable, Sendable {
        public let name: String
        public let value: Double

        public init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    public init(values: [Metric], confusion: ConfusionMatrix? = nil) {
        self.values = values
        self.confusion = confusion
    }

    public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }
}
