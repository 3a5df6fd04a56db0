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

    /// How many they are, by table.
    var rowCounts: [Int] { rows.map(\.count) }
}
