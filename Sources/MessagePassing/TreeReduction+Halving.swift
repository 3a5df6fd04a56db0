/// The tree sum for a power of two of ranks, each of which owns exactly one subtree.
///
/// Recursive halving with the nearest partner first: in round j the ranks r and r ^ 2^j, whose blocks of 2^j ranks
/// are the two halves of one node, exchange halves of the vector part they hold and add. That is the tree, level by
/// level. The parts of the root then return by recursive doubling, farthest partner first. Each rank sends
/// 2·(N−1)/N of the vector, the least possible.
/// Source: Rabenseifner 2004, "Optimization of Collective Reduction Operations", section 4, order of partners reversed.
extension TreeReduction {
    func reduceByHalving<Scalar: TreeScalar>(_ vectors: [Addends<Scalar>], _ present: [Bool]) throws {
        for vector in vectors { vector.gatherPartial() }
        var parts = vectors.map {
            HeldPart(vector: $0.output, held: 0..<$0.count, isWhole: travelsWhole($0.count, of: Scalar.self))
        }
        let received = scratch.reserve(
            parts.reduce(0) { $0 + ($1.isWhole ? $1.held.count : ($1.held.count + 1) / 2) }, of: Scalar.self)
        var distance = 1
        while distance < tree.rankCount {
            let partner = communicator.rank ^ distance
            let mine = isPresent(blockOf: communicator.rank, ranks: distance, present)
            let theirs = isPresent(blockOf: partner, ranks: distance, present)
            var place = received
            for index in parts.indices {
                let given = parts[index].halve(with: partner, keepingLower: communicator.rank < partner)
                let part = parts[index]
                if mine { try transfers.send(part.vector, given, to: partner) }
                if theirs {
                    // An absent block of my own is no addend: what comes takes its place.
                    let target = mine ? place : part.vector + part.held.lowerBound
                    try transfers.receive(target, count: part.held.count, from: partner)
                }
                place += part.held.count
            }
            try transfers.finish()
            if mine, theirs {
                var place = received
                for part in parts {
                    Scalar.accumulate(part.vector + part.held.lowerBound, place, count: part.held.count)
                    place += part.held.count
                }
            }
            distance *= 2
        }
        while distance > 1 {
            distance /= 2
            for index in parts.indices where !parts[index].isWhole {
                guard let step = parts[index].steps.popLast() else { continue }
                let vector = parts[index].vector
                try transfers.receive(vector + step.given.lowerBound, count: step.given.count, from: step.partner)
                try transfers.send(vector, step.kept, to: step.partner)
            }
            try transfers.finish()
        }
    }

    /// The part of a vector that a rank still sums.
    private struct HeldPart<Scalar> {
        let vector: UnsafeMutablePointer<Scalar>
        var held: Range<Int>
        /// Short vectors are not cut: both partners sum all of them.
        let isWhole: Bool
        var steps: [(partner: Int, kept: Range<Int>, given: Range<Int>)] = []

        /// - Returns: The part that the partner goes on with.
        mutating func halve(with partner: Int, keepingLower: Bool) -> Range<Int> {
            if isWhole { return held }
            let middle = (held.lowerBound + held.upperBound) / 2
            let (low, high) = (held.lowerBound..<middle, middle..<held.upperBound)
            let (kept, given) = keepingLower ? (low, high) : (high, low)
            steps.append((partner, kept, given))
            held = kept
            return given
        }
    }

    /// Whether the aligned block of ranks around `rank` has a present shard.
    func isPresent(blockOf rank: Int, ranks: Int, _ present: [Bool]) -> Bool {
        let first = rank / ranks * ranks
        let shards = tree.shards(ofRank: first).lowerBound..<tree.shards(ofRank: first + ranks - 1).upperBound
        return present[shards].contains(true)
    }
}
