/// Sums vectors over all shards in the fixed tree of `ShardTree`, to the same bits for every number of ranks.
///
/// An absent shard adds nothing. That differs from adding zeros only for negative zeros (-0 + 0 = 0), which the
/// caller normalises at the leaves (x + 0) so that dense and sparse sums agree.
public final class TreeReduction {
    public let tree: ShardTree
    let communicator: Communicator
    /// For received vectors, and for rounded ones.
    let scratch = KeptMemory(), rounded = KeptMemory()
    // Kept from call to call, with the memory of their lists.
    var transfers: PendingTransfers, followingTransfers: PendingTransfers
    /// The last sum's present shards, and how many subtrees of this rank have one.
    private var lastPresent: (present: [Bool], subtrees: Int) = ([], 0)

    /// Vectors of fewer bytes travel whole: cutting them would only add messages.
    static let shortest = 4096

    /// - Throws: `Diagnostic` (usage) where so many shards cannot be spread over the ranks.
    public init(_ communicator: Communicator, shards: Int) throws {
        self.communicator = communicator
        tree = try ShardTree(shards: shards, ranks: communicator.size)
        transfers = PendingTransfers(communicator)
        followingTransfers = transfers
    }

    /// A vector of numbers to be summed.
    public struct Addends<Scalar: TreeScalar> {
        let partials: [UnsafeMutablePointer<Scalar>]
        let output: UnsafeMutablePointer<Scalar>
        let count: Int

        /// - Parameters:
        ///   - partials: One vector for each of `tree.presentSubtrees(ofRank:present:)`, folded from its shards with
        ///     `tree.additions(folding:)`; overwritten.
        ///   - output: Receives the sum; may be the memory of a partial. Nil: there is nothing to sum.
        public init?(_ partials: [UnsafeMutableBufferPointer<Scalar>], into output: UnsafeMutableBufferPointer<Scalar>)
        {
            precondition(partials.allSatisfy { $0.count == output.count }, "all vectors have one length")
            guard let base = output.baseAddress, !output.isEmpty else { return nil }
            self.partials = partials.compactMap { $0.baseAddress }
            self.output = base
            count = output.count
        }

        init(partials: [UnsafeMutablePointer<Scalar>], output: UnsafeMutablePointer<Scalar>, count: Int) {
            self.partials = partials
            self.output = output
            self.count = count
        }

        /// Where a rank has one partial sum: begins with it as output.
        func gatherPartial() {
            if let partial = partials.first, partial != output { output.update(from: partial, count: count) }
        }
    }

    /// Gives every rank the sums over all present shards; zeros where all are absent. The messages of all vectors
    /// travel together: many cost no more latency than one.
    ///
    /// - Parameters:
    ///   - vectors: As many, and as long, on every rank.
    ///   - present: For each shard whether it holds anything, the same on every rank.
    /// - Throws: `Diagnostic` where a message fails; the ranks are then out of step.
    public func allReduce<Scalar: TreeScalar>(_ vectors: [Addends<Scalar>], present: [Bool]) throws {
        if lastPresent.present != present {
            lastPresent = (present, tree.presentSubtrees(ofRank: communicator.rank, present: present).count)
        }
        let own = lastPresent.subtrees
        precondition(vectors.allSatisfy { $0.partials.count == own }, "a rank passes one vector per present subtree")
        guard present.contains(true) else {
            for vector in vectors { vector.output.update(repeating: .zero, count: vector.count) }
            return
        }
        if tree.rankCount == 2, Self.isExchanged(byteCount(vectors)) {
            try reduceByExchange(vectors, present)
        } else if tree.rankCount & (tree.rankCount - 1) == 0 {
            try reduceByHalving(vectors, present)
        } else {
            try reduceBySlices(vectors, present)
        }
    }

    /// The same for one vector.
    public func allReduce<Scalar: TreeScalar>(
        _ partials: [UnsafeMutableBufferPointer<Scalar>], present: [Bool],
        into output: UnsafeMutableBufferPointer<Scalar>
    ) throws {
        try allReduce([Addends(partials, into: output)].compactMap { $0 }, present: present)
    }

    func byteCount<Scalar>(_ vectors: [Addends<Scalar>]) -> Int {
        vectors.reduce(0) { $0 + $1.count * MemoryLayout<Scalar>.stride }
    }

    /// Whether vectors of so many numbers travel whole; the same on every rank.
    func travelsWhole<Scalar>(_ count: Int, of: Scalar.Type) -> Bool {
        count * MemoryLayout<Scalar>.stride < Self.shortest
    }
}

extension PendingTransfers {
    mutating func send<Scalar>(_ start: UnsafePointer<Scalar>, _ range: Range<Int>, to receiver: Int) throws {
        try send(
            UnsafeRawBufferPointer(UnsafeBufferPointer(start: start + range.lowerBound, count: range.count)),
            to: receiver)
    }

    mutating func receive<Scalar>(_ start: UnsafeMutablePointer<Scalar>, count: Int, from sender: Int) throws {
        try receive(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: start, count: count)), from: sender)
    }
}
