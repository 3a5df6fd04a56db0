import Kernels

/// Which examples each shard of each step of an epoch holds: a pure function of lengths, seed and epoch.
///
/// Minibatches are cut from pools of shuffled examples sorted by length, so that the sequences of a batch
/// are alike in length while neighbours change from epoch to epoch; the batches are then shuffled. Inside a
/// batch, examples are dealt to the shards so that all hold near-equal numbers of tokens.
public struct EpochPlan: Sendable {
    public let shards: Int
    public let stepCount: Int
    /// From 0; 0 for evaluations and parallel streams.
    public let epoch: Int
    /// Tokens, padding and balance of the whole epoch.
    public let statistics: Statistics
    /// Tokens of each step.
    public let stepTokens: [Int32]
    /// By the exponent k: tokens of the largest aligned block of 2^k shards, over all steps.
    private let blockTokens: [Int]
    /// Of parallel streams: the time steps of each window, one window a step; empty for plans of whole sequences.
    public let windows: [Range<Int>]
    private let fullWindow: Int?
    /// Example numbers, step after step, shard after shard, rising within a shard.
    private let examples: [Int32]
    /// Where each shard of each step begins, `[step · shards + shard]`, and the end.
    private let bounds: [Int]

    public struct Statistics: Equatable, Sendable {
        public var examples = 0
        public var tokens = 0
        /// Positions a padded batch would have computed besides the tokens.
        public var paddingAvoided = 0
        /// Largest shard's tokens over the mean shard's, over all steps.
        public var tokenImbalance = 1.0
        /// Tokens of the largest step.
        public var largestStepTokens = 0
    }

    /// The plan of a training epoch.
    ///
    /// - Parameters:
    ///   - lengths: Time steps of each example.
    ///   - batchSize: Examples of a step.
    ///   - bucketBatches: Batches of a pool.
    ///   - epoch: From 0.
    public init(lengths: [Int32], batchSize: Int, shards: Int, seed: UInt64, epoch: Int, bucketBatches: Int) {
        let shuffling = RandomStream(seed: seed, purpose: .shuffling)
        let keys = lengths.indices.map { shuffling.bits(UInt64($0), UInt32(truncatingIfNeeded: epoch)) }
        var order = lengths.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
        let pool = batchSize * bucketBatches
        for first in stride(from: 0, to: order.count, by: pool) {
            let range = first..<min(first + pool, order.count)
            order[range].sort { (lengths[$0], keys[$0], $0) < (lengths[$1], keys[$1], $1) }
        }
        // Only the very last batch may be smaller; it keeps its examples wherever the shuffle puts it.
        let ordering = RandomStream(seed: seed, purpose: .batchOrder)
        let batches = stride(from: 0, to: order.count, by: batchSize).map { $0..<min($0 + batchSize, order.count) }
        let batchKeys = batches.indices.map { ordering.bits(UInt64($0), UInt32(truncatingIfNeeded: epoch)) }
        let shuffled = batches.indices.sorted { (batchKeys[$0], $0) < (batchKeys[$1], $1) }.map { order[batches[$0]] }
        self.init(lengths: lengths, batches: shuffled, shards: shards, epoch: epoch)
    }

    /// The plan of an evaluation: by length, in fixed order.
    public init(evaluating lengths: [Int32], batchSize: Int, shards: Int) {
        let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
        let batches = stride(from: 0, to: order.count, by: batchSize).map {
            order[$0..<min($0 + batchSize, order.count)]
        }
        self.init(lengths: lengths, batches: batches, shards: shards, epoch: 0)
    }

    /// The plan of parallel streams: every step is the next window of all of them.
    ///
    /// - Parameters:
    ///   - shardOfStream: The shard of each stream, rising.
    ///   - fullWindow: Time steps of a window that the learning rate is meant for; nil: whatever each has.
    public init(shardOfStream: [Int], windows: [Range<Int>], fullWindow: Int? = nil, shards: Int) {
        let members = (0..<shards).map { shard in
            shardOfStream.indices.filter { shardOfStream[$0] == shard }.map { Int32(truncatingIfNeeded: $0) }
        }
        var bounds = [0], step: [Int32] = []
        for shard in members {
            step += shard
            bounds.append(step.count)
        }
        self.shards = shards
        self.windows = windows
        self.fullWindow = fullWindow
        epoch = 0
        stepCount = windows.count
        examples = windows.flatMap { _ in step }
        self.bounds = [0] + windows.indices.flatMap { window in bounds.dropFirst().map { window * step.count + $0 } }
        var statistics = Statistics()
        statistics.examples = shardOfStream.count
        let steps = windows.reduce(0) { $0 + $1.count }
        statistics.tokens = shardOfStream.count * steps
        stepTokens = windows.map { Int32(clamping: shardOfStream.count * $0.count) }
        var counts = members.map(\.count)
        blockTokens = largestBlocks(&counts).map { $0 * steps }
        statistics.largestStepTokens = shardOfStream.count * (windows.map(\.count).max() ?? 0)
        let largest = members.map(\.count).max() ?? 0
        if !shardOfStream.isEmpty { statistics.tokenImbalance = Double(largest * shards) / Double(shardOfStream.count) }
        self.statistics = statistics
    }

    private init(lengths: [Int32], batches: [ArraySlice<Int>], shards: Int, epoch: Int) {
        var examples: [Int32] = []
        examples.reserveCapacity(lengths.count)
        var bounds = [0]
        bounds.reserveCapacity(batches.count * shards + 1)
        var statistics = Statistics()
        var largestTokens = 0
        var stepTokens: [Int32] = [], blockTokens = [Int](repeating: 0, count: shards.trailingZeroBitCount + 1)
        stepTokens.reserveCapacity(batches.count)
        let dealing = bitReversed(shards)
        for batch in batches {
            // The longest first, each to the shard with the fewest tokens; of equals, to one far from the last,
            // so that neighbouring shards, which one rank holds, do not all get the long ones.
            let sorted = batch.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
            var tokens = [Int](repeating: 0, count: shards)
            var members = [[Int32]](repeating: [], count: shards)
            for example in sorted {
                var lightest = dealing[0]
                for shard in dealing where tokens[shard] < tokens[lightest] { lightest = shard }
                tokens[lightest] += Int(lengths[example])
                members[lightest].append(Int32(truncatingIfNeeded: example))
            }
            for shard in 0..<shards {
                examples.append(contentsOf: members[shard].sorted())
                bounds.append(examples.count)
            }
            let total = tokens.reduce(0, +)
            statistics.tokens += total
            statistics.paddingAvoided += batch.count * (sorted.first.map { Int(lengths[$0]) } ?? 0) - total
            statistics.largestStepTokens = max(statistics.largestStepTokens, total)
            largestTokens += tokens.max() ?? 0
            stepTokens.append(Int32(clamping: total))
            for (exponent, largest) in largestBlocks(&tokens).enumerated() { blockTokens[exponent] += largest }
        }
        statistics.examples = examples.count
        if statistics.tokens > 0 {
            statistics.tokenImbalance = Double(largestTokens * shards) / Double(statistics.tokens)
        }
        self.shards = shards
        self.epoch = epoch
        stepCount = batches.count
        self.examples = examples
        self.bounds = bounds
        self.statistics = statistics
        self.stepTokens = stepTokens
        self.blockTokens = blockTokens
        windows = []
        fullWindow = nil
    }

    /// What a step's learning rate is multiplied by: a window of other than full length has as many targets more or
    /// fewer, whose mean gradient should weigh as much per target as that of others.
    ///
    /// - Source: Merity, Keskar & Socher 2018, section 5.
    public func learningRateFactor(step: Int) -> Double {
        fullWindow.map { Double(windows[step].count) / Double($0) } ?? 1
    }

    /// What all ranks wait for: in each step the rank with most tokens, its tokens over those of the mean rank.
    ///
    /// - Parameter ranks: A power of two gets the plan's own figure, other numbers that of the largest aligned block of
    ///   shards in a rank, scaled to the most shards that a rank has.
    public func rankImbalance(ranks: Int) -> Double {
        guard statistics.tokens > 0, ranks <= shards else { return 1 }
        let most = (shards + ranks - 1) / ranks, exponent = Int.bitWidth - 1 - most.leadingZeroBitCount
        let largest = Double(blockTokens[exponent]) * Double(most) / Double(1 << exponent)
        return largest * Double(ranks) / Double(statistics.tokens)
    }

    /// The examples of a shard in a step.
    public func examples(step: Int, shard: Int) -> ArraySlice<Int32> {
        examples[bounds[step * shards + shard]..<bounds[step * shards + shard + 1]]
    }

    /// The examples of some shards in a step, and the shard of each, rising.
    public func examples(step: Int, shards: Range<Int>) -> (examples: [Int], shards: [Int]) {
        var chosen: [Int] = [], shardOf: [Int] = []
        for shard in shards {
            for example in examples(step: step, shard: shard) {
                chosen.append(Int(example))
                shardOf.append(shard)
            }
        }
        return (chosen, shardOf)
    }

    /// For each shard whether it holds an example in a step.
    public func presentShards(step: Int) -> [Bool] {
        (0..<shards).map { bounds[step * shards + $0] < bounds[step * shards + $0 + 1] }
    }
}

/// By the exponent k, the largest sum over an aligned block of 2^k numbers, of which there are a power of two.
///
/// - Parameter sums: Lost.
private func largestBlocks(_ sums: inout [Int]) -> [Int] {
    var largest: [Int] = [], count = sums.count
    while true {
        largest.append(sums[..<count].max() ?? 0)
        if count <= 1 { return largest }
        count /= 2
        for block in 0..<count { sums[block] = sums[2 * block] + sums[2 * block + 1] }
    }
}

/// `0 ..< count` with the bits of each number reversed; `count` is a power of two.
private func bitReversed(_ count: Int) -> [Int] {
    let bits = count.trailingZeroBitCount
    return (0..<count).map { number in
        (0..<bits).reduce(0) { $0 << 1 | (number >> $1) & 1 }
    }
}
