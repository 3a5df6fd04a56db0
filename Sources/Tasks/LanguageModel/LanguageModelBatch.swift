import Kernels
import RecurrentNetworks
import SequenceData

/// A rank's part of a step of language modelling: tokens, and the token that follows each.
public struct LanguageModelBatch: TaskBatch {
    package let input: SequenceInput<Float>
    /// The token after each row's.
    package let targets: [Int32]
    /// The stream of each sequence, where they are windows of streams.
    package let streams: [Int]
    /// Whether the sequences go on where the step before left off.
    let isContinued: Bool

    public var isEmpty: Bool { input.packed.sequences == 0 }

    /// Windows of the parallel streams of a text.
    init(
        _ text: TextStreams, window: Range<Int>, isContinued: Bool, shards: Range<Int>, subtrees: ShardSubtrees
    ) {
        let streams = text.shards.indices.filter { shards.contains(text.shards[$0]) }
        let packed = PackedSequences(
            lengths: streams.map { _ in window.count }, shards: streams.map { text.shards[$0] }, subtreeShards: subtrees
        )
        let tokens = AlignedBuffer<Int32>(count: packed.rows)
        var targets: [Int32] = []
        targets.reserveCapacity(packed.rows)
        let rows = tokens.mutableElements
        for (t, position) in window.enumerated() {
            for (j, stream) in streams.enumerated() {
                rows[packed.offsets[t] + j] = text.token(stream, position)
                targets.append(text.token(stream, position + 1))
            }
        }
        input = SequenceInput(
            packed: packed, tokens: tokens, features: nil,
            examples: AlignedBuffer(streams.map { Int32(truncatingIfNeeded: $0) }))
        self.targets = targets
        self.streams = streams
        self.isContinued = isContinued
    }

    /// Lines by themselves: each begins after a line end and is to predict its own.
    init(_ text: RunningText, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees, lineEnd: Int32)
    {
        var lines: [Int] = [], shardOf: [Int] = []
        for shard in shards {
            for line in plan.examples(step: step, shard: shard) {
                lines.append(Int(line))
                shardOf.append(shard)
            }
        }
        let bounds = text.lineBounds
        let packed = PackedSequences(
            lengths: lines.map { bounds[$0 + 1] - bounds[$0] }, shards: shardOf, subtreeShards: subtrees)
        let order = packed.order.map { lines[$0] }
        let tokens = AlignedBuffer<Int32>(count: packed.rows)
        var targets: [Int32] = []
        targets.reserveCapacity(packed.rows)
        let rows = tokens.mutableElements
        for t in 0..<packed.steps {
            for j in 0..<packed.active[t] {
                let position = bounds[order[j]] + t
                rows[packed.offsets[t] + j] = t == 0 ? lineEnd : text.tokens[position - 1]
                targets.append(text.tokens[position])
            }
        }
        input = SequenceInput(
            packed: packed, tokens: tokens, features: nil,
            examples: AlignedBuffer(order.map { Int32(truncatingIfNeeded: $0) }))
        self.targets = targets
        streams = []
        isContinued = false
    }
}

/// A text cut into parallel streams of equal length, which belong to shards.
struct TextStreams {
    private let tokens: [Int32]
    /// The shard of each stream, rising.
    let shards: [Int]
    /// Tokens of a stream that have a successor in it.
    let length: Int

    /// A text too short for its streams leaves `length` 0.
    init(_ text: RunningText, streams: Int, shards: Int) {
        tokens = text.tokens
        self.shards = TextStreams.shards(streams: streams, shards: shards)
        length = (text.tokens.count - 1) / streams
    }

    /// The shard of each stream: neighbours share one.
    static func shards(streams: Int, shards: Int) -> [Int] { (0..<streams).map { $0 * shards / streams } }

    func token(_ stream: Int, _ position: Int) -> Int32 { tokens[stream * length + position] }
}
