/// The tree sum for any number of ranks, which may own several subtrees each.
///
/// Every rank is responsible for one slice of the vector: it receives that slice of all present subtrees, folds them
/// in the tree, and sends the result to all. Short vectors are not sliced: every rank receives and folds everything.
extension TreeReduction {
    func reduceBySlices<Scalar: TreeScalar>(_ vectors: [Addends<Scalar>], _ present: [Bool]) throws {
        let (rank, ranks) = (communicator.rank, tree.rankCount)
        let subtrees = (0..<ranks).map { tree.presentSubtrees(ofRank: $0, present: present) }
        let slices = vectors.map { vector in
            let whole = travelsWhole(vector.count, of: Scalar.self)
            return (0..<ranks).map {
                whole ? 0..<vector.count : $0 * vector.count / ranks..<($0 + 1) * vector.count / ranks
            }
        }
        let others = subtrees.reduce(0) { $0 + $1.count } - subtrees[rank].count
        var received = scratch.reserve(others * slices.reduce(0) { $0 + $1[rank].count }, of: Scalar.self)

        // My slice of each present subtree, in the order of the shards, for each vector.
        var folded = [[UnsafeMutablePointer<Scalar>]](repeating: [], count: vectors.count)
        for sender in 0..<ranks {
            for (number, vector) in vectors.enumerated() {
                let mine = slices[number][rank]
                if sender == rank {
                    folded[number] += vector.partials.map { $0 + mine.lowerBound }
                } else {
                    for _ in subtrees[sender] {
                        try transfers.receive(received, count: mine.count, from: sender)
                        folded[number].append(received)
                        received += mine.count
                    }
                }
            }
        }
        for distance in 1..<ranks {
            // Each rank begins with another receiver, so that none is flooded.
            let receiver = (rank + distance) % ranks
            for (number, vector) in vectors.enumerated() {
                for partial in vector.partials { try transfers.send(partial, slices[number][receiver], to: receiver) }
            }
        }
        try transfers.finish()

        let additions = tree.additions(folding: subtrees.flatMap { $0 })
        for (number, vector) in vectors.enumerated() {
            let mine = slices[number][rank]
            for addition in additions {
                Scalar.accumulate(folded[number][addition.left], folded[number][addition.right], count: mine.count)
            }
            if let sum = folded[number].first, sum != vector.output + mine.lowerBound {
                (vector.output + mine.lowerBound).update(from: sum, count: mine.count)
            }
        }
        for distance in 1..<ranks {
            let sender = (rank + ranks - distance) % ranks, receiver = (rank + distance) % ranks
            for (number, vector) in vectors.enumerated() where !travelsWhole(vector.count, of: Scalar.self) {
                let theirs = slices[number][sender]
                try transfers.receive(vector.output + theirs.lowerBound, count: theirs.count, from: sender)
                try transfers.send(vector.output, slices[number][rank], to: receiver)
            }
        }
        try transfers.finish()
    }
}
