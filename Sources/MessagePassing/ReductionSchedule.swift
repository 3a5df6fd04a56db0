/// The messages of a tree sum as the rank with most of them has them: what a model of its time needs.
public struct ReductionSchedule: Equatable, Sendable {
    /// Messages that are under way at the same time.
    public struct Round: Equatable, Sendable {
        /// How far away the partners are, counted in ranks; one partner has the rank's number with one bit changed.
        public var distances: Range<Int>
        /// Sent to each partner, and received from each.
        public var bytes: Int
        /// Messages to each partner.
        public var messages: Int
        /// Of all received bytes, those of partial sums that are added; what an addition reads counts once.
        public var added: Int
        /// So many times, each but the first under way while what came before is added.
        public var repeats = 1
    }

    public private(set) var rounds: [Round] = []

    /// Bytes that the rank sends.
    public var bytesSent: Int { rounds.reduce(0) { $0 + $1.distances.count * $1.bytes * $1.repeats } }

    /// - Parameter vectors: Bytes of each vector as it travels; all shards are present.
    public init(_ tree: ShardTree, vectors: [Int]) {
        let ranks = tree.rankCount, total = vectors.reduce(0, +)
        guard ranks > 1, total > 0 else { return }
        let whole = vectors.filter { $0 < TreeReduction.shortest }.reduce(0, +)
        let cut = vectors.filter { $0 >= TreeReduction.shortest }
        if ranks == 2, TreeReduction.isExchanged(total) {
            let stretch = TreeReduction.stretch(total), repeats = (total + stretch - 1) / stretch
            rounds = [
                Round(
                    distances: 1..<2, bytes: (total + repeats - 1) / repeats,
                    messages: (vectors.count + repeats - 1) / repeats, added: (total + repeats - 1) / repeats,
                    repeats: repeats)
            ]
        } else if ranks & (ranks - 1) == 0 {
            let partners = (0..<ranks.trailingZeroBitCount).map { 1 << $0 }
            rounds = partners.map { distance in
                let bytes = cut.reduce(whole) { $0 + ($1 + 2 * distance - 1) / (2 * distance) }
                return Round(
                    distances: distance..<distance + 1, bytes: bytes, messages: vectors.count, added: bytes)
            }
            if cut.isEmpty { return }
            rounds += partners.reversed().map { distance in
                let bytes = cut.reduce(0) { $0 + ($1 + 2 * distance - 1) / (2 * distance) }
                return Round(distances: distance..<distance + 1, bytes: bytes, messages: cut.count, added: 0)
            }
        } else {
            let subtrees = (0..<ranks).map { tree.maximalAlignedSubtrees(of: tree.shards(ofRank: $0)).count }
            let slice = cut.reduce(0) { $0 + ($1 + ranks - 1) / ranks }, most = subtrees.max() ?? 1
            rounds = [
                Round(
                    distances: 1..<ranks, bytes: most * (slice + whole), messages: most * vectors.count,
                    added: (subtrees.reduce(0, +) - 1) * (slice + whole))
            ]
            if !cut.isEmpty {
                rounds.append(Round(distances: 1..<ranks, bytes: slice, messages: cut.count, added: 0))
            }
        }
    }
}
