import Diagnostics

/// The fixed binary tree over the shards of a minibatch, and which rank owns which of them.
///
/// The leaves are the shards 0 ..< S; a node over an aligned range of 2^k shards is the sum of its left and its
/// right half. Which numbers are added in which order follows from S alone, never from the number of ranks.
public struct ShardTree: Equatable, Sendable {
    /// S, a power of two.
    public let shardCount: Int
    /// N, from 1 to S.
    public let rankCount: Int

    /// One addition of a fold: the vector at `right` is added to the one at `left`.
    public struct Addition: Equatable, Sendable {
        public let left: Int
        public let right: Int
    }

    /// - Throws: `Diagnostic` (usage) naming `training.shards` where S is not a power of two or below N.
    public init(shards: Int, ranks: Int) throws {
        precondition(ranks >= 1, "a run has at least one rank")
        let enough = Self.powerOfTwo(atLeast: ranks)
        guard shards >= 1, shards & (shards - 1) == 0 else {
            throw Diagnostic(
                "training.shards", "\(shards) is not a power of two", expected: "1, 2, 4, 8, 16, …",
                hint: "set it to \(max(enough, Self.powerOfTwo(atLeast: shards)))", category: .usage)
        }
        guard ranks <= shards else {
            throw Diagnostic(
                "training.shards", "\(shards) shards cannot be spread over \(ranks) ranks",
                expected: "at least one shard per rank",
                hint: "set training.shards to \(enough) or start at most \(shards) ranks", category: .usage)
        }
        shardCount = shards
        rankCount = ranks
    }

    /// The contiguous shards of a rank.
    public func shards(ofRank rank: Int) -> Range<Int> {
        rank * shardCount / rankCount..<(rank + 1) * shardCount / rankCount
    }

    /// The rank that owns a shard.
    public func owner(ofShard shard: Int) -> Int {
        ((shard + 1) * rankCount - 1) / shardCount
    }

    /// Cuts a range of shards into the largest nodes of the tree it consists of, rising.
    public func maximalAlignedSubtrees(of range: Range<Int>) -> [Range<Int>] {
        var subtrees: [Range<Int>] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var width = start == 0 ? shardCount : start & -start
            while start + width > range.upperBound { width /= 2 }
            subtrees.append(start..<start + width)
            start += width
        }
        return subtrees
    }

    /// The largest nodes a rank owns that have a present shard: the rank folds each into one partial sum.
    ///
    /// - Parameter present: For each shard whether it holds anything, the same on every rank.
    public func presentSubtrees(ofRank rank: Int, present: [Bool]) -> [Range<Int>] {
        precondition(present.count == shardCount, "every shard is present or absent")
        return maximalAlignedSubtrees(of: shards(ofRank: rank)).filter { present[$0].contains(true) }
    }

    /// The additions, in order, that fold sums over disjoint nodes into the sum over all of them, which ends at
    /// index 0. Absent nodes are simply not listed.
    ///
    /// - Parameter nodes: Rising nodes of the tree: shards (`s..<s+1`) within a rank, subtrees across ranks.
    public func additions(folding nodes: [Range<Int>]) -> [Addition] {
        var additions: [Addition] = []
        _ = fold(0..<shardCount, nodes, nodes.indices, &additions)
        return additions
    }

    /// Folds those of `nodes` that lie in `range`: all those at `indices`.
    ///
    /// - Returns: Index that holds the sum; nil: nothing lies there.
    private func fold(
        _ range: Range<Int>, _ nodes: [Range<Int>], _ indices: Range<Int>, _ additions: inout [Addition]
    ) -> Int? {
        guard let first = indices.first else { return nil }
        if indices.count == 1 { return first }
        let middle = (range.lowerBound + range.upperBound) / 2
        let split = indices.first { nodes[$0].lowerBound >= middle } ?? indices.upperBound
        let left = fold(range.lowerBound..<middle, nodes, indices.lowerBound..<split, &additions)
        let right = fold(middle..<range.upperBound, nodes, split..<indices.upperBound, &additions)
        guard let left, let right else { return left ?? right }
        additions.append(Addition(left: left, right: right))
        return left
    }

    private static func powerOfTwo(atLeast count: Int) -> Int {
        var power = 1
        while power < count { power *= 2 }
        return power
    }
}
