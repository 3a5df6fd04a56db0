/// What a rank's part of a batch adds to the totals.
public struct ShardTotals: Sendable {
    /// Shards with examples, rising.
    public var shards: [Int]
    /// Floating-point sums of each of them, which the tree adds.
    public var sums: [[Double]]
    /// Integer counts over all of them, which may be added in any order.
    public var counts: [Int64]

    public init(shards: [Int], sums: [[Double]], counts: [Int64]) {
        self.shards = shards
        self.sums = sums
        self.counts = counts
    }
}

/// Totals over all shards of all ranks.
public struct Totals: Equatable, Sendable {
    public var sums: [Double]
    public var counts: [Int64]

    public init(sums: [Double], counts: [Int64]) {
        self.sums = sums
        self.counts = counts
    }
}

