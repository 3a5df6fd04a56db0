import Kernels
import MessagePassing
import RecurrentNetworks
import Tasks

/// Sums gradients and totals over all shards of all ranks, in the fixed tree.
final class GradientReducer {
    let tree: ShardTree
    /// The rank's shards, and the maximal aligned subtrees they form.
    let shards: Range<Int>
    let subtrees: [Range<Int>]
    private let communicator: Communicator
    private let reduction: TreeReduction
    private var result: [SparseRows<Float>] = []

    init(_ communicator: Communicator, shards: Int) throws {
        self.communicator = communicator
        reduction = try TreeReduction(communicator, shards: shards)
        tree = reduction.tree
        self.shards = tree.shards(ofRank: communicator.rank)
        subtrees = tree.maximalAlignedSubtrees(of: self.shards)
    }

    var bytesSent: Int { communicator.bytesSent }

    /// Reduces floating-point sums of each shard to those over all shards.
    func reduce(sums: ShardTotals, width: Int, present: [Bool]) throws -> [Double] {
        var partials: [[Double]] = []
        for subtree in tree.presentSubtrees(ofRank: communicator.rank, present: present) {
            let members = sums.shards.indices.filter { subtree.contains(sums.shards[$0]) }
            var values = members.map { sums.sums[$0] }
            for addition in tree.additions(folding: members.map { sums.shards[$0]..<sums.shards[$0] + 1 }) {
                for i in 0..<width { values[addition.left][i] += values[addition.right][i] }
            }
            partials.append(values[0])
        }
        var total = [Double](repeating: 0, count: width)
        if communicator.size == 1 {
            if let only = partials.first { total = only }
            return total
        }
        let flat = AlignedBuffer(partials.flatMap { $0 })
        try withExtendedLifetime(flat) {
            try total.withUnsafeMutableBufferPointer { output in
                let starts = partials.indices.map {
                    UnsafeMutableBufferPointer(rebasing: flat.mutableElements[$0 * width..<($0 + 1) * width])
                }
                try reduction.allReduce(starts, present: present, into: output)
            }
        }
        return total
    }

    /// Adds integers over the ranks.
    func reduce(counts: inout [Int64]) throws {
        if communicator.size > 1 { try communicator.sum(&counts) }
    }

    /// Reduces gradients.
    ///
    /// - Parameters:
    ///   - present: For each shard whether it has examples in this step.
    ///   - isTrained: For each table whether it is trained.
    /// - Returns: The dense gradient (in the memory of a part) and that of each trained table.
    func reduce(
        _ gradients: Gradients<Float>, present: [Bool], isTrained: [Bool]
    ) throws -> (dense: AlignedBuffer<Float>, tables: [SparseRows<Float>?]) {
        let ownPresent = subtrees.indices.filter { present[subtrees[$0]].contains(true) }
        let dense = gradients.dense[ownPresent.first ?? 0]
        if communicator.size == 1 {
            return (
                dense,
                zip(gradients.tables, isTrained).enumerated().map {
                    $1.1 ? joined($1.0[0], dense, gradients.tiedRanges[$0]) : nil
                }
            )
        }
        try reduction.allReduce(
            ownPresent.map { gradients.dense[$0].mutableElements }, present: present, into: dense.mutableElements)
        var tables: [SparseRows<Float>?] = []
        for (number, (table, trained)) in zip(gradients.tables, isTrained).enumerated() {
            guard trained else {
                tables.append(nil)
                continue
            }
            let rows = try reduceRows(ownPresent.map { table[$0] }, width: table[0].rows.columns, present: present)
            tables.append(joined(rows, dense, gradients.tiedRanges[number]))
        }
        return (dense, tables)
    }

    /// The gradient of all rows of a table that is tied to the output layer: the layer's part, and that of the rows
    /// read.
    ///
    /// - Parameter range: Where the dense gradient holds the layer's part; nil: the table is not tied.
    private func joined(_ read: SparseRows<Float>, _ dense: AlignedBuffer<Float>, _ range: Range<Int>?) -> SparseRows<
        Float
    > {
        guard let range else { return read }
        let width = read.rows.columns
        let all = Matrix(dense, offset: range.lowerBound, rows: range.count / width, columns: width)
        addRows(read, to: all)
        return SparseRows(ids: (0..<Int32(all.rows)).map { $0 }, rows: all)
    }

    /// The ranks agree on all rows that any of them has, and reduce the block of those rows.
    private func reduceRows(_ parts: [SparseRows<Float>], width: Int, present: [Bool]) throws -> SparseRows<Float> {
        var own: [Int32] = []
        for id in parts.flatMap(\.ids).sorted() where own.last != id { own.append(id) }
        let union = try communicator.union(ofSorted: own)
        let blocks = parts.map { part in
            let block = Matrix<Float>(rows: union.count, columns: width)
            var place = 0
            for (row, id) in part.ids.enumerated() {
                while union[place] != id { place += 1 }
                copyRows(part.rows, rows: .range(row..<row + 1), into: block, rows: .range(place..<place + 1))
            }
            return block
        }
        let output = blocks.first ?? Matrix<Float>(rows: union.count, columns: width)
        // The reduction sees bare memory: the blocks must outlive it.
        try withExtendedLifetime((blocks, output)) {
            try reduction.allReduce(
                blocks.map { $0.storage.mutableElements }, present: present, into: output.storage.mutableElements)
        }
        return SparseRows(ids: union, rows: output)
    }
}
