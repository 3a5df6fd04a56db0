/// The tree sum for two ranks: each sends all it holds and adds what comes.
///
/// That is as many bytes as in halves, and one message of latency instead of two. Long vectors travel in stretches that
/// stay in the second-level cache: one is added while the next is under way.
extension TreeReduction {
    /// Bytes of a stretch. Measured on two cores of one host: a message of 4 KiB is no longer an eager one, two of half
    /// the size are, and both travel at once.
    static func stretch(_ byteCount: Int) -> Int { byteCount <= 4096 ? 2048 : 1 << 19 }

    /// Whether two ranks exchange vectors of so many bytes; else they halve them. Measured likewise: in between, halves
    /// stay in the second-level cache.
    static func isExchanged(_ byteCount: Int) -> Bool { byteCount < 1 << 18 || byteCount >= 8 << 20 }

    func reduceByExchange<Scalar: TreeScalar>(_ vectors: [Addends<Scalar>], _ present: [Bool]) throws {
        for vector in vectors { vector.gatherPartial() }
        let partner = 1 - communicator.rank
        let mine = isPresent(blockOf: communicator.rank, ranks: 1, present)
        let theirs = isPresent(blockOf: partner, ranks: 1, present)
        let longest = Self.stretch(byteCount(vectors)) / MemoryLayout<Scalar>.stride
        let halves = scratch.reserve(2 * longest, of: Scalar.self)
        var isUpper = false
        var next = (vector: 0, start: 0)

        // Sends and receives numbers from several vectors, or from a part of one.
        func begin(_ transfers: inout PendingTransfers) throws -> [Piece<Scalar>] {
            var pieces: [Piece<Scalar>] = [], room = longest
            var place = isUpper ? halves + longest : halves
            isUpper.toggle()
            while next.vector < vectors.count, room > 0 {
                let vector = vectors[next.vector], count = min(room, vector.count - next.start)
                let target = vector.output + next.start
                if mine { try transfers.send(target, 0..<count, to: partner) }
                // An absent block of my own is no addend: what comes takes its place.
                if theirs { try transfers.receive(mine ? place : target, count: count, from: partner) }
                pieces.append(Piece(target: target, received: place, count: count))
                place += count
                room -= count
                next.start += count
                if next.start == vector.count { next = (next.vector + 1, 0) }
            }
            return pieces
        }
        var pieces = try begin(&transfers)
        while !pieces.isEmpty {
            let later = try begin(&followingTransfers)
            try transfers.finish()
            if mine, theirs {
                for piece in pieces { Scalar.accumulate(piece.target, piece.received, count: piece.count) }
            }
            pieces = later
            swap(&transfers, &followingTransfers)
        }
    }

    private struct Piece<Scalar> {
        let target: UnsafeMutablePointer<Scalar>
        let received: UnsafeMutablePointer<Scalar>
        let count: Int
    }
}
