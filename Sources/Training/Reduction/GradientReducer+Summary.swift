import Tasks

extension GradientReducer {
    /// What the ranks tell each other first in a step.
    struct Summary {
        /// Over all shards.
        var sums: [Double]
        /// Over all ranks.
        var counts: [Int64]
        /// Rows with a gradient, by rank and table.
        var rowCounts: [[Int]]
    }

    /// Reduces the sums of each shard to those over all shards, and adds counts over the ranks, in one message.
    ///
    /// - Parameters:
    ///   - width: Sums of a shard.
    ///   - rowCounts: For each table the rows that this rank has a gradient for.
    func summarize(
        _ sums: ShardTotals, width: Int, counts: [Int64], rowCounts: [Int] = [], present: [Bool]
    ) throws -> Summary {
        let subtrees = subtreesOfRanks(present: present)
        let partials = subtrees[place].map { subtree in
            let members = sums.shards.indices.filter { subtree.contains(sums.shards[$0]) }
            return fold(members.map { sums.shards[$0]..<sums.shards[$0] + 1 }, members.map { sums.sums[$0] })
        }
        if !hasOthers {
            standIn?.ownRows = rowCounts
            let none = [Double](repeating: 0, count: width)
            return Summary(
                sums: partials.first ?? none, counts: counts, rowCounts: [rowCounts] + (standIn.map { [$0.rowCounts] } ?? []))
        }
        // As long on every rank: a gathering of equal blocks takes a message for each doubling of the ranks.
        let room = subtrees.reduce(0) { max($0, $1.count) } * width
        let own = partials.flatMap { $0 }
        let block = own.map(\.bitPattern) + [UInt64](repeating: 0, count: room - own.count)
            + counts.map { UInt64(bitPattern: $0) } + rowCounts.map(UInt64.init)
        let blocks = try communicator.allGather(block, counts: [Int](repeating: block.count, count: communicator.size))
        var summary = Summary(sums: [], counts: [Int64](repeating: 0, count: counts.count), rowCounts: [])
        var addends: [[Double]] = []
        for (block, subtrees) in zip(blocks, subtrees) {
            for number in subtrees.indices {
                addends.append(block[number * width..<(number + 1) * width].map(Double.init(bitPattern:)))
            }
            for (i, count) in block[room...].prefix(counts.count).enumerated() {
                summary.counts[i] &+= Int64(bitPattern: count)
            }
            summary.rowCounts.append(block[(room + counts.count)...].map(Int.init))
        }
        let total = fold(subtrees.flatMap { $0 }, addends)
        summary.sums = total.isEmpty ? [Double](repeating: 0, count: width) : total
        return summary
    }

    /// - Returns: The sum over `nodes` in the tree; empty where there are none.
    private func fold(_ nodes: [Range<Int>], _ values: [[Double]]) -> [Double] {
        var values = values
        for addition in tree.additions(folding: nodes) {
            for i in values[addition.left].indices { values[addition.left][i] += values[addition.right][i] }
        }
        return values.first ?? []
    }
}
