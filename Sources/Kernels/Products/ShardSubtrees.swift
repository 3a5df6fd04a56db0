/// How a rank sums gradients over its shards: in which nodes of the tree, and how exactly.
public struct ShardSubtrees: Sendable, ExpressibleByArrayLiteral {
    /// The maximal aligned subtrees that the shards form, rising.
    public let ranges: [Range<Int>]
    /// Whether the sum of every node is rounded to bfloat16, each shard's own included: it can then travel in two
    /// bytes, and is the same wherever the ranks' shares of the tree end. `Float` only: `Double` checks gradients.
    public let isRounded: Bool

    public init(_ ranges: [Range<Int>], isRounded: Bool = false) {
        self.ranges = ranges
        self.isRounded = isRounded
    }

    public init(arrayLiteral ranges: Range<Int>...) { self.init(ranges) }
}
