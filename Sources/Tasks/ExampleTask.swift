import Configuration
import Kernels
import SequenceData

/// A task that learns from examples: sequences by themselves, shuffled and bucketed by length in each epoch.
public protocol ExampleTask: SequenceTask {
    /// Time steps of each example; nil: there are none.
    func lengths(ofValidation: Bool) -> [Int32]?

    /// A rank's part of a step of training or validation; see `trainingBatch`.
    func batch(
        ofValidation: Bool, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> Batch
}

extension ExampleTask {
    public func trainingPlan(epoch: Int) -> EpochPlan {
        EpochPlan(training: lengths(ofValidation: false) ?? [], configuration, epoch: epoch)
    }

    public func trainingExamples(longerThan steps: Int) -> Int? {
        lengths(ofValidation: false)?.count { $0 > steps } ?? 0
    }

    public func trainingBatch(_ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees) -> Batch {
        batch(ofValidation: false, plan, step: step, shards: shards, subtrees: subtrees)
    }

    public func validationBatch(_ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees) -> Batch {
        batch(ofValidation: true, plan, step: step, shards: shards, subtrees: subtrees)
    }
}

extension Optional {
    /// What a batch is made of: a plan was made for it, so it is there.
    func orNoExamples() -> Wrapped {
        guard let self else { preconditionFailure("a step needs the data that its plan was made for") }
        return self
    }
}

extension EpochPlan {
    /// The plan of a training epoch over examples by themselves.
    init(training lengths: [Int32], _ configuration: RunConfiguration, epoch: Int) {
        let training = configuration.training
        self.init(
            lengths: lengths, batchSize: training.batchSize, shards: training.shards, seed: configuration.seed,
            epoch: epoch, bucketBatches: training.bucketBatches)
    }

    /// The plan of a validation over examples by themselves.
    ///
    /// - Parameter sequencesPerShard: Nothing is kept for a backward pass, so that steps may be larger than in
    ///   training.
    init(validating lengths: [Int32], _ configuration: RunConfiguration, sequencesPerShard: Int = 16) {
        let training = configuration.training
        self.init(
            evaluating: lengths, batchSize: max(training.batchSize, sequencesPerShard * training.shards),
            shards: training.shards)
    }
}
