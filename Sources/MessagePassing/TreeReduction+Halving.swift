/// The tree sum for a power of two of ranks, each of which owns exactly one subtree.
///
/// Recursive halving with the nearest partner first: in round j the ranks r and r ^ 2^j, whose blocks of 2^j ranks
/// are the two halves of one node, exchange halves of the vector part they hold and add. That is the tree, level by
/// level. The parts of the root then return by recursive doubling, farthest partner first. Each rank sends
/// 2·(N−1)/N of the vector, the least possible.
/// Source: Rabenseifner 2004, "Optimization of Collective Reduction Operations", section 4, order of partners reversed.
extension TreeReduction {
    func reduceByHalving<Scalar: TreeScalar>(
        _ partial: UnsafeMutablePointer<Scalar>?, _ present: [Bool], into output: UnsafeMutablePointer<Scalar>,
        count: Int
    ) throws {
        if let partial, partial != output { output.update(from: partial, count: count) }
        let whole = travelsWhole(count, of: Scalar.self)
        let received = scratch(whole ? count : (count + 1) / 2, of: Scalar.self)
        var transfers = PendingTransfers(communicator)
        var held = 0..<count
        var steps: [(partner: Int, kept: Range<Int>, given: Range<Int>)] = []
        var distance = 1
        while distance < tree.rankCount {
            let partner = communicator.rank ^ distance
            let (kept, given) = whole ? (held, held) : halves(of: held, lower: communicator.rank < partner)
            let mine = isPresent(blockOf: communicator.rank, ranks: distance, present)
            let theirs = isPresent(blockOf: partner, ranks: distance, present)
            if mine {
                try transfers.send(output, given, to: partner)
            }
            if theirs {
                // An absent block of my own is no addend: what comes takes its place.
                try transfers.receive(mine ? received : output + kept.lowerBound, count: kept.count, from: partner)
            }
            try transfers.finish()
            if mine, theirs { Scalar.accumulate(output + kept.lowerBound, received, count: kept.count) }
            if !whole { steps.append((partner, kept, given)) }
            held = kept
            distance *= 2
        }
        for step in steps.reversed() {
            try transfers.receive(output + step.given.lowerBound, count: step.given.count, from: step.partner)
            try transfers.send(output, step.kept, to: step.partner)
            try transfers.finish()
        }
    }

    private func halves(of range: Range<Int>, lower: Bool) -> (kept: Range<Int>, given: Range<Int>) {
        let middle = (range.lowerBound + range.upperBound) / 2
        let (low, high) = (range.lowerBound..<middle, middle..<range.upperBound)
        return lower ? (low, high) : (high, low)
    }

    /// Whether the aligned block of ranks around `rank` has a present shard.
    private func isPresent(blockOf rank: Int, ranks: Int, _ present: [Bool]) -> Bool {
        let first = rank / ranks * ranks
        let shards = tree.shards(ofRank: first).lowerBound..<tree.shards(ofRank: first + ranks - 1).upperBound
        return present[shards].contains(true)
    }
}
