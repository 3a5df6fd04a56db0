import Configuration
import Diagnostics
import Kernels
import MessagePassing
import RecurrentNetworks
import Reporting
import SequenceData
import Tasks

/// A minibatch of each size forward and backward, with the first weights.
struct TrialBatches<Task: SequenceTask> {
    let task: Task
    /// So many ranks share a minibatch: as much of it is in memory at a time.
    let ranks: Int

    /// - Returns: A finding for each that fails, or one for all.
    func findings() throws -> [Finding] {
        let plan = task.trainingPlan(epoch: 0)
        let chosen = Self.steps(of: plan)
        guard let largest = chosen.first else {
            throw Diagnostic(
                task.configuration.data.train, "it has no training steps", expected: "at least one",
                hint: "lower training.batch_size or training.truncation, or give more data")
        }
        task.parameters.initialize(seed: task.configuration.seed)
        task.parametersChanged()
        let gradients = Gradients<Float>(task.parameters.layout, subtrees: 1)
        let clock = ContinuousClock()
        var findings: [Finding] = [], losses: [Double] = [], seconds = 0.0
        for step in chosen {
            let begin = clock.now
            let (loss, isFinite) = gradient(plan, step, gradients)
            if step == largest { seconds = (clock.now - begin) / .seconds(1) }
            losses.append(loss)
            if isFinite { continue }
            findings.append(
                .broken(
                    "minibatches", "the \(loss.isFinite ? "gradient" : "loss") of step \(step + 1), of "
                        + "\(plan.stepTokens[step]) tokens, is not finite",
                    advice: "look for very large or missing numbers in the data"))
        }
        if !findings.isEmpty { return findings }
        let sizes = chosen.map { Int(plan.stepTokens[$0]) }, least = sizes.min() ?? 0, most = sizes.max() ?? 0
        let loss = losses.reduce(0, +) / Double(losses.count)
        let words = least == most
            ? "of \(Quantity.count(most)) tokens" : "of \(Quantity.count(least)) to \(Quantity.count(most)) tokens"
        return [
            .good(
                "minibatches",
                "\(chosen.count) \(words): \(Task.lossName) \(Quantity.significant(loss)) before training; the largest "
                    + "takes \(Quantity.duration(seconds)) on one rank")
        ]
    }

    /// The largest step, and the first of each size, sizes being powers of two; the largest first.
    private static func steps(of plan: EpochPlan) -> [Int] {
        let order = plan.stepTokens.indices.sorted { (-plan.stepTokens[$0], $0) < (-plan.stepTokens[$1], $1) }
        guard let largest = order.first else { return [] }
        var sizes = [Bool](repeating: false, count: 33), chosen: [Int] = []
        func size(_ step: Int) -> Int { Int32.bitWidth - plan.stepTokens[step].leadingZeroBitCount }
        for step in [largest] + plan.stepTokens.indices where !sizes[size(step)] {
            sizes[size(step)] = true
            chosen.append(step)
        }
        return chosen.sorted { (-plan.stepTokens[$0], $0) < (-plan.stepTokens[$1], $1) }
    }

    /// Of one step, a rank's part after the other's.
    private func gradient(_ plan: EpochPlan, _ step: Int, _ gradients: Gradients<Float>) -> (Double, isFinite: Bool) {
        var loss = 0.0, weight = 0.0, isFinite = true
        var parts = 1
        while parts < min(ranks, plan.shards) { parts *= 2 }
        let isRounded = task.configuration.training.wire == .bfloat16
        for part in 0..<parts {
            let shards = part * plan.shards / parts..<(part + 1) * plan.shards / parts
            let batch = task.trainingBatch(
                plan, step: step, shards: shards, subtrees: ShardSubtrees([shards], isRounded: isRounded))
            if batch.isEmpty { continue }
            let totals = task.gradients(batch, optimizerStep: 0, into: gradients)
            for sums in totals.sums { (loss, weight) = (loss + sums[0], weight + sums[1]) }
            isFinite = isFinite && squaredNorm(gradients.dense[0], 0..<gradients.dense[0].count).isFinite
        }
        return (weight > 0 ? loss / weight : 0, isFinite && loss.isFinite)
    }
}
