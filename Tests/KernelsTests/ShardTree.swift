import Kernels

/// The summation tree over shards, as plainly as it can be written.
enum ShardTree {
    static let shards = 16

    /// The maximal aligned subtrees of a contiguous range of shards.
    static func subtrees(of range: Range<Int>) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var first = range.lowerBound
        while first < range.upperBound {
            var size = 1
            while first % (2 * size) == 0 && first + 2 * size <= range.upperBound { size *= 2 }
            result.append(first..<first + size)
            first += size
        }
        return result
    }

    /// The subtrees of each of `ranks` ranks.
    static func subtrees(ranks: Int) -> [[Range<Int>]] {
        (0..<ranks).map { subtrees(of: $0 * shards / ranks..<($0 + 1) * shards / ranks) }
    }

    /// Node = left + right; what is absent is skipped.
    static func fold<Scalar: KernelScalar>(_ range: Range<Int>, _ leaf: (Range<Int>) -> [Scalar]??) -> [Scalar]? {
        if let found = leaf(range) { return found }
        let middle = (range.lowerBound + range.upperBound) / 2
        let left = fold(range.lowerBound..<middle, leaf), right = fold(middle..<range.upperBound, leaf)
        guard let left, let right else { return left ?? right }
        return zip(left, right).map { $0 + $1 }
    }
}

/// Rows of two matrices that belong to shards, and the sums over them.
struct ShardedRows {
    /// Positions of each shard; absent shards have none.
    let positions: [Int: [Int]]
    let present: [Int]

    /// - Parameter presence: Probability that a shard has rows.
    init(presence: Double, _ random: inout RandomNumbers) {
        var positions: [Int: [Int]] = [:]
        var count = 0
        for shard in 0..<ShardTree.shards where random.happens(presence) {
            let rows = 1 + random.whole(below: 6)
            positions[shard] = Array(count..<count + rows)
            count += rows
        }
        if positions.isEmpty { positions[11] = [0] }
        self.positions = positions
        present = positions.keys.sorted()
    }

    var count: Int { present.reduce(0) { $0 + (positions[$1]?.count ?? 0) } }

    /// The leaves of one rank, and the first position that is its own.
    func leaves(_ subtrees: [Range<Int>]) -> (leaves: GradientLeaves, positions: [Int]) {
        let own = present.filter { shard in subtrees.contains { $0.contains(shard) } }
        var bounds = [0]
        var list: [Int] = []
        for shard in own {
            list += positions[shard] ?? []
            bounds.append(list.count)
        }
        return (GradientLeaves(shards: own, bounds: bounds, subtreeShards: subtrees), list)
    }

    /// The whole tree from what each rank has summed for its subtrees.
    func fold<Scalar: KernelScalar>(ranks: Int, _ sums: (_ leaves: GradientLeaves, _ positions: [Int]) -> [[Scalar]?]) -> [Scalar]? {
        var known: [(Range<Int>, [Scalar]?)] = []
        for subtrees in ShardTree.subtrees(ranks: ranks) {
            let (leaves, positions) = leaves(subtrees)
            known += zip(subtrees, sums(leaves, positions)).map { ($0, $1) }
        }
        return ShardTree.fold(0..<ShardTree.shards) { range in known.first { $0.0 == range }.map { $0.1 } }
    }

    /// The whole tree from the sum of each shard, absent ones left out.
    func fold<Scalar: KernelScalar>(_ sum: (_ positions: [Int]) -> [Scalar]?) -> [Scalar]? {
        ShardTree.fold(0..<ShardTree.shards) { range in
            range.count > 1 ? nil : .some(positions[range.lowerBound].flatMap(sum))
        }
    }
}
