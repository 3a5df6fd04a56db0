import Kernels
import RecurrentNetworks
import SequenceData

/// A rank's part of a minibatch of the copying problem.
package struct MemoryBatch: TaskBatch {
    let input: ForecastInput<Float>
    /// What is to be said at each row.
    let targets: [Int32]
    package var isEmpty: Bool { targets.isEmpty }

    /// - Parameter first: The number of the plan's example 0.
    init(
        _ problem: CopyProblem, first: Int, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) {
        let (chosen, shardOf) = plan.examples(step: step, shards: shards)
        let packed = PackedSequences(
            lengths: chosen.map { _ in problem.length }, shards: shardOf, subtreeShards: subtrees)
        let numbers = packed.order.map { chosen[$0] + first }
        var tokens = [Int32](repeating: 0, count: packed.rows), targets = tokens
        for (sequence, number) in numbers.enumerated() {
            var shown: [Int32] = [], asked: [Int32] = []
            problem.append(example: UInt64(number), tokens: &shown, targets: &asked)
            for time in 0..<problem.length {
                tokens[packed.offsets[time] + sequence] = shown[time]
                targets[packed.offsets[time] + sequence] = asked[time]
            }
        }
        self.targets = targets
        input = ForecastInput(
            SequenceInput(
                packed: packed, tokens: AlignedBuffer(tokens), features: nil,
                examples: AlignedBuffer(numbers.map { Int32(truncatingIfNeeded: $0) })),
            .everyStep, unrolled: nil)
    }
}
