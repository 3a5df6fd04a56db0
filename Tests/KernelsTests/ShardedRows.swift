import Kernels
import TestSupport

/// Rows of two matrices that belong to shards, and the sums over them.
struct ShardedRows {
    static let shards = 16
    /// Positions of each shard; absent shards have none.
    let positions: [Int: [Int]]
    let present: [Int]

    /// - Parameters:
    ///   - presence: Probability that a shard has rows.
    ///   - rowsPerShard: How many at most.
    init(presence: Double, rowsPerShard: Int = 6, _ random: inout RandomNumbers) {
        var positions: [Int: [Int]] = [:]
        var count = 0
        for shard in 0..<Self.shards where random.happens(presence) {
            let rows = 1 + random.whole(below: rowsPerShard)
            positions[shard] = Array(count..<count + rows)
            count += rows
        }
        if positions.isEmpty { positions[11] = [0] }
        self.positions = positions
        present = positions.keys.sorted()
    }

    var count: Int { present.reduce(0) { $0 + (positions[$1]?.count ?? 0) } }

    /// The leaves of one rank, and the first position that is its own.
    func leaves(_ subtrees: [Range<Int>], areRounded: Bool = false) -> (leaves: GradientLeaves, positions: [Int]) {
        let own = present.filter { shard in subtrees.contains { $0.contains(shard) } }
        var bounds = [0]
        var list: [Int] = []
        for shard in own {
            list += positions[shard] ?? []
            bounds.append(list.count)
        }
        let subtreeShards = ShardSubtrees(subtrees, isRounded: areRounded)
        return (GradientLeaves(shards: own, bounds: bounds, subtreeShards: subtreeShards), list)
    }

    /// The whole tree from what each rank has summed for its subtrees.
    ///
    /// - Parameter rounding: What is done to the sum of every node; nil: nothing.
    func fold<Scalar: KernelScalar>(
        ranks: Int, rounding: ((Scalar) -> Scalar)? = nil,
        _ sums: (_ leaves: GradientLeaves, _ positions: [Int]) -> [[Scalar]?]
    ) -> [Scalar]? {
        var known: [(Range<Int>, [Scalar]?)] = []
        for subtrees in SummationTree.subtrees(shards: Self.shards, ranks: ranks) {
            let (leaves, positions) = leaves(subtrees, areRounded: rounding != nil)
            known += zip(subtrees, sums(leaves, positions)).map { ($0, $1) }
        }
        return SummationTree.fold(0..<Self.shards, adding: { Self.add($0, $1, rounding) }) { range in
            known.first { $0.0 == range }.map { $0.1 }
        }
    }

    /// The whole tree from the sum of each shard, absent ones left out.
    func fold<Scalar: KernelScalar>(
        rounding: ((Scalar) -> Scalar)? = nil, _ sum: (_ positions: [Int]) -> [Scalar]?
    ) -> [Scalar]? {
        SummationTree.fold(0..<Self.shards, adding: { Self.add($0, $1, rounding) }) { range in
            range.count > 1
                ? nil : .some(positions[range.lowerBound].flatMap(sum).map { $0.map { rounding?($0) ?? $0 } })
        }
    }

    private static func add<Scalar: KernelScalar>(
        _ left: [Scalar], _ right: [Scalar], _ rounding: ((Scalar) -> Scalar)?
    ) -> [Scalar] {
        zip(left, right).map { rounding?($0 + $1) ?? $0 + $1 }
    }
}
