/// The gradient of a table of rows (an embedding, one-hot input weights): only the rows that were read.
public struct SparseRows<Scalar: KernelScalar>: Sendable {
    /// Sorted, each once.
    public var ids: [Int32]
    /// `[ids, width]`.
    public var rows: Matrix<Scalar>

    public init(ids: [Int32], rows: Matrix<Scalar>) {
        precondition(ids.count <= rows.rows, "every id has a row")
        self.ids = ids
        self.rows = rows
    }

    public init(width: Int) { self.init(ids: [], rows: Matrix(rows: 0, columns: width)) }
}

/// Adds the rows to those of a full table, `[rows, width]`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func addRows<Scalar: KernelScalar>(_ sparse: SparseRows<Scalar>, to table: Matrix<Scalar>) {
    precondition(sparse.rows.columns == table.columns, "rows are as wide as the table")
    for (row, id) in sparse.ids.enumerated() { table.addRow(of: sparse.rows, row, toRow: Int(id)) }
}

/// Sums `d[row]` over the rows that read each id, per shard and folded in the tree.
///
/// - Parameters:
///   - ids: The id that position `p` of the leaves read.
///   - d: `[·, width]`; row `dIndex[p]` belongs to position `p`.
/// - Returns: One sparse gradient per subtree.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func sparseRowGradient<Scalar: KernelScalar>(
    ids: AlignedBuffer<Int32>, _ d: Matrix<Scalar>, index dIndex: AlignedBuffer<Int32>, leaves: GradientLeaves
) -> [SparseRows<Scalar>] {
    leaves.subtrees.map { range in
        if range.isEmpty { return SparseRows(width: d.columns) }
        // Sorting by (id, position) keeps the shards of an id, and the rows of a shard, in order.
        let positions = leaves.bounds[range.lowerBound]..<leaves.bounds[range.upperBound]
        let keys = sortedKeys(UnsafeBufferPointer(start: ids.pointer + positions.lowerBound, count: positions.count))
        var leafOfPosition = [Int32](repeating: 0, count: positions.count)
        for leaf in range {
            for p in leaves.bounds[leaf]..<leaves.bounds[leaf + 1] {
                leafOfPosition[p - positions.lowerBound] = Int32(leaf)
            }
        }
        var unique: [Int32] = []
        for (i, key) in keys.enumerated() where i == 0 || key >> 32 != keys[i - 1] >> 32 {
            unique.append(Int32(truncatingIfNeeded: key >> 32))
        }
        let result = SparseRows(ids: unique, rows: Matrix<Scalar>(rows: unique.count, columns: d.columns))
        let pending = Matrix<Scalar>(rows: Int.bitWidth + 1, columns: d.columns)
        var first = 0
        for row in 0..<unique.count {
            var end = first
            while end < keys.count && keys[end] >> 32 == keys[first] >> 32 { end += 1 }
            if end == first + 1 {
                let position = positions.lowerBound + Int(keys[first] & 0xFFFF_FFFF)
                result.rows.addRow(of: d, Int(dIndex.pointer[position]), toRow: row)
                if leaves.isRounded { result.rows.roundRow(row) }
                first = end
                continue
            }
            var depth = 0
            var joins = InlineArray<65, Int>(repeating: 0)
            var previousShard = -1
            for i in first..<end {
                let place = Int(keys[i] & 0xFFFF_FFFF)
                let shard = leaves.shards[Int(leafOfPosition[place])]
                if shard != previousShard {
                    if previousShard >= 0 {
                        if leaves.isRounded { pending.roundRow(depth - 1) }
                        let level = Int.bitWidth - (previousShard ^ shard).leadingZeroBitCount
                        while depth > 1 && joins[depth - 1] < level {
                            pending.mergeRow(depth - 1, isRounded: leaves.isRounded)
                            depth -= 1
                        }
                        joins[depth] = level
                    }
                    clearRows(pending, depth..<depth + 1)
                    depth += 1
                    previousShard = shard
                }
                pending.addRow(of: d, Int(dIndex.pointer[positions.lowerBound + place]), toRow: depth - 1)
            }
            if leaves.isRounded { pending.roundRow(depth - 1) }
            while depth > 1 {
                pending.mergeRow(depth - 1, isRounded: leaves.isRounded)
                depth -= 1
            }
            // Added to the result's zeros, since no sum is a negative zero: see `weightGradient`.
            result.rows.addRow(of: pending, 0, toRow: row)
            first = end
        }
        return result
    }
}

extension Matrix {
    /// Adds a row to the one before it.
    @inline(__always) fileprivate func mergeRow(_ number: Int, isRounded: Bool) {
        addRow(of: self, number, toRow: number &- 1)
        if isRounded { roundRow(number &- 1) }
    }

    fileprivate func roundRow(_ number: Int) {
        let row = row(number)
        for j in Swift.stride(from: 0, to: columns, by: Scalar.lanes) {
            (row + j).store(Scalar.roundedToBFloat16((row + j).vector()), first: columns &- j)
        }
    }

    @inline(__always) fileprivate func addRow(of other: Matrix, _ source: Int, toRow target: Int) {
        let from = other.row(source), to = row(target)
        for j in Swift.stride(from: 0, to: columns, by: Scalar.lanes) {
            (to + j).store((to + j).vector() + (from + j).vector(), first: columns &- j)
        }
    }
}
