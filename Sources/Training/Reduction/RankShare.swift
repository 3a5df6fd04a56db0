import Kernels

/// A rank among so many: the part of every minibatch that is its own.
public struct RankShare: Equatable, Sendable {
    public let rank: Int
    public let ranks: Int

    public init(rank: Int, of ranks: Int) {
        precondition(0..<ranks ~= rank, "a rank is one of all")
        (self.rank, self.ranks) = (rank, ranks)
    }
}

/// What would come from the other ranks, where one rank's part of the work is done by itself: the rows of tables that
/// they read, which this one updates as they do.
struct StandIn {
    let share: RankShare
    /// Of each table the rows that the whole minibatch reads, rising.
    var rows: [[Int32]] = []
    /// How many of them this rank has a gradient for, by table; set by each step.
    var ownRows: [Int] = []

    init(_ share: RankShare) { self.share = share }

    /// The rows' values as the other ranks would send them.
    ///
    /// - Parameter tables: What they are read from.
    func values(of tables: [Matrix<Float>]) -> [[SparseRows<Float>]] {
        zip(tables, rows).map { table, ids in
            let copy = Matrix<Float>(rows: ids.count, columns: table.columns)
            copyRows(table, rows: .indexed(AlignedBuffer(ids)), into: copy, rows: .all(ids.count))
            return [SparseRows(ids: ids, rows: copy)]
        }
    }
}
