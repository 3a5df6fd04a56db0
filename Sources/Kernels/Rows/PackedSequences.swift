/// Where the time steps of a ragged batch lie: sorted by falling length, step after step, no padding.
///
/// Time step `t` works on the first `active[t]` sequences; its rows follow those of step `t - 1`. A
/// direction that runs backward in time processes each sequence from its last token on: with the same
/// layout in processing order, it is the permutation `reversed` of the rows.
public struct PackedSequences: Sendable {
    /// Falling.
    public let lengths: [Int]
    /// The caller's number of each packed sequence.
    public let order: [Int]
    /// Sequences at work in each time step.
    public let active: [Int]
    /// First row of each time step, and behind them the number of rows.
    public let offsets: [Int]
    /// For each row in processing order the row in natural order, and the other way round.
    public let reversed: AlignedBuffer<Int32>
    /// The sequences of each shard, for sums over sequences.
    public let sequenceLeaves: GradientLeaves
    /// The packed sequence at each position of `sequenceLeaves`.
    public let leafSequences: AlignedBuffer<Int32>
    /// The row after each sequence's last step in processing order.
    public let lastRows: AlignedBuffer<Int32>

    public var sequences: Int { lengths.count }
    public var rows: Int { offsets[offsets.count - 1] }
    public var steps: Int { active.count }
    private let shards: [Int]
    private let subtreeShards: ShardSubtrees

    /// - Parameters:
    ///   - lengths: At least 1 each.
    ///   - shards: The shard of each sequence, rising; ties in length keep the caller's order.
    ///   - subtreeShards: The rank's maximal aligned subtrees.
    public init(lengths: [Int], shards: [Int], subtreeShards: ShardSubtrees) {
        precondition(
            lengths.count == shards.count && lengths.allSatisfy { $0 > 0 }, "a sequence has a length and a shard")
        let order = lengths.indices.sorted { (-lengths[$0], $0) < (-lengths[$1], $1) }
        let sorted = order.map { lengths[$0] }
        let steps = sorted.first ?? 0
        var active = [Int](repeating: 0, count: steps)
        var sequence = sorted.count
        for t in 0..<steps {
            while sequence > 0 && sorted[sequence - 1] <= t { sequence -= 1 }
            active[t] = sequence
        }
        var offsets = [0]
        for n in active { offsets.append(offsets[offsets.count - 1] + n) }
        let reversed = AlignedBuffer<Int32>(count: offsets[steps])
        for t in 0..<steps {
            for j in 0..<active[t] {
                reversed.pointer[offsets[t] + j] = Int32(truncatingIfNeeded: offsets[sorted[j] - 1 - t] + j)
            }
        }
        let packedShards = order.map { shards[$0] }
        let bySequence = packedShards.indices.sorted { (packedShards[$0], $0) < (packedShards[$1], $1) }
        let (present, bounds) = leafBounds(bySequence.map { packedShards[$0] })
        self.lengths = sorted
        self.order = order
        self.active = active
        self.offsets = offsets
        self.reversed = reversed
        self.shards = packedShards
        self.subtreeShards = subtreeShards
        sequenceLeaves = GradientLeaves(shards: present, bounds: bounds, subtreeShards: subtreeShards)
        leafSequences = AlignedBuffer(bySequence.map { Int32(truncatingIfNeeded: $0) })
        lastRows = AlignedBuffer(sorted.enumerated().map { Int32(truncatingIfNeeded: offsets[$1 - 1] + $0) })
    }

    /// The rows of step `t` of the sequences in a range.
    @inline(__always) public func step(_ t: Int, of range: Range<Int>) -> StepRows {
        let end = min(active[t], range.upperBound), first = min(range.lowerBound, end)
        return StepRows(
            row: offsets[t] &+ first, state: sequences &+ offsets[t] &+ first,
            previousState: t == 0 ? first : sequences &+ offsets[t &- 1] &+ first, sequence: first, count: end &- first)
    }

    /// The rows that gradients flow through.
    ///
    /// - Parameter liveSteps: Only each sequence's last so many steps in processing order; nil: all.
    public func gradientRows(liveSteps: Int?) -> GradientRows {
        var rows: [Int32] = []
        rows.reserveCapacity(self.rows)
        var shardOfRow: [Int] = []
        shardOfRow.reserveCapacity(self.rows)
        var previous: [Int32] = []
        previous.reserveCapacity(self.rows)
        for leaf in 0..<sequenceLeaves.shards.count {
            let members = sequenceLeaves.bounds[leaf]..<sequenceLeaves.bounds[leaf + 1]
            let longest = members.isEmpty ? 0 : lengths[Int(leafSequences[members.lowerBound])]
            for t in 0..<longest {
                for position in members {
                    let j = Int(leafSequences[position])
                    if j >= active[t] { break }
                    if let liveSteps, t < lengths[j] - liveSteps { continue }
                    rows.append(Int32(truncatingIfNeeded: offsets[t] + j))
                    previous.append(Int32(truncatingIfNeeded: t == 0 ? j : sequences + offsets[t - 1] + j))
                    shardOfRow.append(sequenceLeaves.shards[leaf])
                }
            }
        }
        let (present, bounds) = leafBounds(shardOfRow)
        let index = AlignedBuffer(rows)
        return GradientRows(
            leaves: GradientLeaves(shards: present, bounds: bounds, subtreeShards: subtreeShards), rows: index,
            reversedRows: AlignedBuffer(rows.map { reversed[Int($0)] }), previousStates: AlignedBuffer(previous),
            liveSteps: liveSteps)
    }
}

/// Row indices of the sums over rows, leaf after leaf.
public struct GradientRows: Sendable {
    public let leaves: GradientLeaves
    /// Rows in processing order.
    public let rows: AlignedBuffer<Int32>
    /// The same rows in natural order, for a direction that runs backward in time.
    public let reversedRows: AlignedBuffer<Int32>
    /// The row of the state before each row, in buffers that begin with the initial states.
    public let previousStates: AlignedBuffer<Int32>
    /// Steps at each sequence's end that gradients flow through; nil: all.
    public let liveSteps: Int?
}

/// The distinct values of a rising list and where each begins.
private func leafBounds(_ shards: [Int]) -> (present: [Int], bounds: [Int]) {
    var present: [Int] = [], bounds: [Int] = []
    for (i, shard) in shards.enumerated() where present.last != shard {
        present.append(shard)
        bounds.append(i)
    }
    return (present, bounds + [shards.count])
}
