/// The tree sum for any number of ranks, which may own several subtrees each.
///
/// Every rank is responsible for one slice of the vector: it receives that slice of all present subtrees, folds them
/// in the tree, and sends the result to all. Short vectors are not sliced: every rank receives and folds everything.
extension TreeReduction {
    func reduceBySlices<Scalar: TreeScalar>(
        _ partials: [UnsafeMutablePointer<Scalar>], _ present: [Bool], into output: UnsafeMutablePointer<Scalar>,
        count: Int
    ) throws {
        let (rank, ranks) = (communicator.rank, tree.rankCount)
        let subtrees = (0..<ranks).map { tree.presentSubtrees(ofRank: $0, present: present) }
        let whole = travelsWhole(count, of: Scalar.self)
        let slices = (0..<ranks).map { whole ? 0..<count : $0 * count / ranks..<($0 + 1) * count / ranks }
        let mine = slices[rank]
        let others = subtrees.reduce(0) { $0 + $1.count } - partials.count
        var received = scratch(others * mine.count, of: Scalar.self)
        var transfers = PendingTransfers(communicator)

        // My slice of each present subtree, in the order of the shards.
        var folded: [UnsafeMutablePointer<Scalar>] = []
        for sender in 0..<ranks {
            if sender == rank {
                folded += partials.map { $0 + mine.lowerBound }
            } else {
                for _ in subtrees[sender] {
                    try transfers.receive(received, count: mine.count, from: sender)
                    folded.append(received)
                    received += mine.count
                }
            }
        }
        for distance in 1..<ranks {
            // Each rank begins with another receiver, so that none is flooded.
            let receiver = (rank + distance) % ranks
            for partial in partials { try transfers.send(partial, slices[receiver], to: receiver) }
        }
        try transfers.finish()

        for addition in tree.additions(folding: subtrees.flatMap { $0 }) {
            Scalar.accumulate(folded[addition.left], folded[addition.right], count: mine.count)
        }
        if let sum = folded.first, sum != output + mine.lowerBound {
            (output + mine.lowerBound).update(from: sum, count: mine.count)
        }
        guard !whole else { return }
        for distance in 1..<ranks {
            let sender = (rank + ranks - distance) % ranks
            try transfers.receive(output + slices[sender].lowerBound, count: slices[sender].count, from: sender)
        }
        for distance in 1..<ranks { try transfers.send(output, mine, to: (rank + distance) % ranks) }
        try transfers.finish()
    }
}
