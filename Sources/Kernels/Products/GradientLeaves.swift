/// The leaves of the summation tree that a rank holds: which rows each shard contributes to a sum over
/// rows, and how the shards' sums fold.
///
/// A rank's shards are a contiguous range, which is a few maximal aligned subtrees of the tree over all
/// shards (exactly one when the number of ranks is a power of two). Sums are made per shard, folded
/// inside each subtree (node = left + right, absent shards skipped); ranks exchange the subtrees' sums.
public struct GradientLeaves: Sendable {
    /// Leaf `i` owns positions `bounds[i] ..< bounds[i + 1]` of the row index buffers.
    public let bounds: AlignedBuffer<Int>
    /// The shard number of each leaf, rising; shards without rows are no leaves.
    public let shards: [Int]
    /// The leaves of each subtree; empty when all its shards are absent.
    public let subtrees: [Range<Int>]
    /// How often two pending sums merge after leaf `i` has been added to them.
    let mergesAfter: AlignedBuffer<Int>
    /// Whether every node's sum is rounded to bfloat16.
    let isRounded: Bool

    /// - Parameters:
    ///   - shards: Present shards, rising, each inside one of `subtreeShards`.
    ///   - bounds: One more than `shards`.
    ///   - subtreeShards: Aligned ranges of shard numbers, rising; whether their sums are rounded.
    public init(shards: [Int], bounds: [Int], subtreeShards: ShardSubtrees) {
        precondition(bounds.count == shards.count + 1, "a leaf has a beginning and an end")
        self.shards = shards
        self.bounds = AlignedBuffer(bounds)
        var subtrees: [Range<Int>] = []
        var merges = [Int](repeating: 0, count: shards.count)
        var first = 0
        for range in subtreeShards.ranges {
            var end = first
            while end < shards.count && shards[end] < range.upperBound { end += 1 }
            subtrees.append(first..<end)
            let counts = treeMerges(shards[first..<end])
            for i in first..<end { merges[i] = counts[i - first] }
            first = end
        }
        precondition(first == shards.count, "every present shard lies in a subtree")
        self.subtrees = subtrees
        mergesAfter = AlignedBuffer(merges)
        isRounded = subtreeShards.isRounded
    }

    init(_ leaves: GradientLeaves, bounds: AlignedBuffer<Int>) {
        self.bounds = bounds
        shards = leaves.shards
        subtrees = leaves.subtrees
        mergesAfter = leaves.mergesAfter
        isRounded = leaves.isRounded
    }

    /// The same leaves with other positions: for sums over something that each row has several of, or over leaves.
    ///
    /// - Parameter bounds: One more than there are leaves.
    public func moved(to bounds: [Int]) -> GradientLeaves {
        precondition(bounds.count == shards.count + 1, "a leaf has a beginning and an end")
        return GradientLeaves(self, bounds: AlignedBuffer(bounds))
    }

    /// Positions that the index buffers must have.
    var lastBound: Int { bounds[bounds.count - 1] }

    /// Traps where a weight gradient's operands, indices and results do not fit each other.
    func checkRoom<Scalar>(
        _ x: Matrix<Scalar>, _ xIndex: AlignedBuffer<Int32>, _ d: Matrix<Scalar>, _ dIndex: AlignedBuffer<Int32>,
        _ gradients: [AlignedBuffer<Scalar>], _ place: WeightPlace, _ sumsOffset: Int?
    ) {
        precondition(
            gradients.count == subtrees.count && place.inputs == x.columns && place.outputs == d.columns
                && gradients.allSatisfy { place.end <= $0.count && (sumsOffset ?? 0) + d.columns <= $0.count }
                && xIndex.count >= lastBound && dIndex.count >= lastBound,
            "a weight gradient needs room for its shape in every subtree")
    }

    public var rowCount: Int { lastBound - bounds[0] }
}

/// For leaves added one after another to a stack of pending sums, how many times the two topmost sums
/// must merge after each, so that the result is the binary tree over leaf numbers with absent leaves skipped.
///
/// Two neighbouring leaves `a < b` belong to different children of the node at level `⌊log₂(a xor b)⌋`; all
/// nodes below that level are complete before `b` is added.
package func treeMerges(_ leaves: some Collection<Int>) -> [Int] {
    var merges: [Int] = []
    var joins: [Int] = []  // level at which a pending sum joins the one below it
    var previous: Int?
    for leaf in leaves {
        if let previous {
            let level = Int.bitWidth - (previous ^ leaf).leadingZeroBitCount
            var count = 0
            while let last = joins.last, last < level {
                joins.removeLast()
                count += 1
            }
            merges.append(count)
            joins.append(level)
        }
        previous = leaf
    }
    if previous != nil { merges.append(joins.count) }
    return merges
}
