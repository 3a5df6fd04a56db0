import Kernels
import MessagePassing

/// Every rank learns which rows of each table the others touched in a step, and their values where those are shared.
///
/// A row that one rank brought up to date need not be brought up to date by the others: what would have been computed
/// again is sent along.
struct RowExchange {
    private let touched: [[Int32]]
    private let rowCounts: [[Int]]
    private let shared: [Matrix<Float>]?

    /// - Parameters:
    ///   - touched: This rank's rows of each table, rising.
    ///   - rowCounts: How many every rank has, by rank and table.
    ///   - shared: The tables whose values travel; nil: ids alone do.
    init(_ touched: [[Int32]], _ rowCounts: [[Int]], sharing shared: [Matrix<Float>]?) {
        self.touched = touched
        self.rowCounts = rowCounts
        self.shared = shared
    }

    /// - Returns: For each table every rank's ids, and the rows of the other ranks.
    func run(_ communicator: Communicator) throws -> (ids: [[[Int32]]], values: [[SparseRows<Float>]]) {
        try run(rank: communicator.rank, communicator.allGather)
    }

    /// The same work, by rank 0 of two: the other one's rows are those of this process, too.
    func run(beside standIn: StandIn) -> (ids: [[[Int32]]], values: [[SparseRows<Float>]]) {
        let others = RowExchange(standIn.rows, rowCounts, sharing: shared).block(rank: 1)
        return run(rank: 0) { own, lengths, gathered in
            gathered.copyMemory(from: own)
            withExtendedLifetime(others) {
                UnsafeMutableRawBufferPointer(rebasing: gathered[lengths[0]...])
                    .copyMemory(from: UnsafeRawBufferPointer(others.elements))
            }
        }
    }

    /// - Parameter gather: Given the own block, all blocks' lengths in bytes, and memory for them.
    private func run(
        rank own: Int,
        _ gather: (UnsafeRawBufferPointer, _ lengths: [Int], _ into: UnsafeMutableRawBufferPointer) throws -> Void
    ) rethrows -> (ids: [[[Int32]]], values: [[SparseRows<Float>]]) {
        // One memory for ids and values: ids are told apart by their place alone.
        let lengths = rowCounts.map(length), stride = MemoryLayout<Float>.stride
        let block = block(rank: own), gathered = AlignedBuffer<Float>(count: lengths.reduce(0, +))
        try withExtendedLifetime((block, gathered)) {
            try gather(
                UnsafeRawBufferPointer(block.elements), lengths.map { $0 * stride },
                UnsafeMutableRawBufferPointer(gathered.mutableElements))
        }
        var ids = [[[Int32]]](repeating: [], count: touched.count)
        var values = [[SparseRows<Float>]](repeating: [], count: shared == nil ? 0 : touched.count)
        var start = 0
        for (rank, counts) in rowCounts.enumerated() {
            for (table, count) in counts.enumerated() {
                let touched = gathered.elements[start..<start + count].map { Int32(bitPattern: $0.bitPattern) }
                ids[table].append(touched)
                start += count
                guard let width = shared?[table].columns else { continue }
                if rank != own {
                    values[table].append(
                        SparseRows(ids: touched, rows: Matrix(gathered, offset: start, rows: count, columns: width)))
                }
                start += count * width
            }
        }
        return (ids, values)
    }

    /// Numbers that a rank with so many rows of each table sends.
    private func length(_ counts: [Int]) -> Int {
        counts.enumerated().reduce(0) { $0 + $1.element * (1 + (shared?[$1.offset].columns ?? 0)) }
    }

    /// For each table the ids, then the values.
    private func block(rank: Int) -> AlignedBuffer<Float> {
        let block = AlignedBuffer<Float>(count: length(rowCounts[rank]))
        var place = 0
        for (table, ids) in touched.enumerated() {
            for id in ids {
                block[place] = Float(bitPattern: UInt32(bitPattern: id))
                place += 1
            }
            guard let values = shared?[table] else { continue }
            copyRows(
                values, rows: .indexed(AlignedBuffer(ids)),
                into: Matrix(block, offset: place, rows: ids.count, columns: values.columns), rows: .all(ids.count))
            place += ids.count * values.columns
        }
        return block
    }
}
