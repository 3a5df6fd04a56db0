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
        let blocks = try communicator.allGather(block(communicator.rank), counts: rowCounts.map(length))
        var ids = [[[Int32]]](repeating: [], count: touched.count)
        var values = [[SparseRows<Float>]](repeating: [], count: shared == nil ? 0 : touched.count)
        for (rank, block) in blocks.enumerated() {
            block.withUnsafeBytes { bytes in
                var rest = bytes[...]
                func next<Element>(_ count: Int, _: Element.Type) -> Slice<UnsafeRawBufferPointer> {
                    defer { rest = rest.dropFirst(count * MemoryLayout<Element>.stride) }
                    return rest.prefix(count * MemoryLayout<Element>.stride)
                }
                for (table, count) in rowCounts[rank].enumerated() {
                    ids[table].append(
                        [Int32](unsafeUninitializedCapacity: count) {
                            UnsafeMutableRawBufferPointer($0).copyBytes(from: next(count, Int32.self))
                            $1 = count
                        })
                    guard let width = shared?[table].columns else { continue }
                    let sent = next(count * width, Float.self)
                    if rank == communicator.rank { continue }
                    let rows = Matrix<Float>(rows: count, columns: width)
                    UnsafeMutableRawBufferPointer(rows.storage.mutableElements).copyBytes(from: sent)
                    values[table].append(SparseRows(ids: ids[table][rank], rows: rows))
                }
            }
        }
        return (ids, values)
    }

    /// Numbers that a rank with so many rows of each table sends.
    private func length(_ counts: [Int]) -> Int {
        counts.enumerated().reduce(0) { $0 + $1.element * (1 + (shared?[$1.offset].columns ?? 0)) }
    }

    /// For each table the ids, then the values.
    private func block(_ rank: Int) -> [UInt32] {
        let length = length(rowCounts[rank])
        return [UInt32](unsafeUninitializedCapacity: length) { block, count in
            var rest = UnsafeMutableRawBufferPointer(block)[...]
            func append(_ bytes: UnsafeRawBufferPointer) {
                UnsafeMutableRawBufferPointer(rebasing: rest).copyMemory(from: bytes)
                rest = rest.dropFirst(bytes.count)
            }
            for (table, ids) in touched.enumerated() {
                ids.withUnsafeBytes(append)
                guard let values = shared?[table] else { continue }
                for id in ids {
                    let start = values.offset + Int(id) * values.stride
                    append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: values.storage.elements[start..<start + values.columns])))
                }
            }
            count = length
        }
    }
}
