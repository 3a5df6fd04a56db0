import MessagePassing

extension TreeCheck {
    static func checkCollectives(_ world: Communicator) throws {
        let (rank, size) = (world.rank, world.size)
        try require(world.ranksOnThisHost == Array(0..<size), "all ranks are on this host")
        try require(!world.host.isEmpty, "the host has a name")
        try require(try !Communicator.libraryVersion().isEmpty, "the library has a version")

        // Messages of one piece, then of many.
        for limit in [1 << 30, 24] {
            world.messageLimit = limit
            var sum = (0..<100).map { Int64($0 + rank) }
            try world.sum(&sum)
            let expected = (0..<100).map { Int64($0 * size + size * (size - 1) / 2) }
            try require(sum == expected, "integers are added")

            var largest = [Int64(rank), -Int64(rank), .min]
            try world.maximum(&largest)
            try require(largest == [Int64(size - 1), 0, .min], "the largest is found")

            var bits = [Int64(1) << Int64(rank)]
            try world.bitwiseOr(&bits)
            try require(bits == [(1 << Int64(size)) - 1], "bits are joined")
            // One element of a literal, read by itself: what a compiler may think it knows.
            var single = [Int64(rank + 1)]
            try world.sum(&single)
            try require(single[0] == Int64(size * (size + 1) / 2), "a single integer is added")
            var none: [Int64] = []
            try world.sum(&none)

            for root in 0..<size {
                let bytes = (0..<root * 100).map { UInt8(truncatingIfNeeded: $0) }
                let received = try world.broadcast(rank == root ? bytes : [9], from: root)
                try require(received == bytes, "every rank has the bytes of rank \(root)")
            }

            let blocks = (0..<size).map { owner in (0..<owner * 7 % 5 * 9).map { Int32(owner * 1000 + $0) } }
            try require(try world.allGather(blocks[rank]) == blocks, "every rank has every block")
            let equal = (0..<size).map { owner in (0..<9).map { Int32(owner * 1000 + $0) } }
            let gathered = try world.allGather(equal[rank], counts: equal.map(\.count))
            try require(gathered == equal, "every rank has every block of one length")
        }
        report(world, "collectives agree on \(size) ranks")
    }
}
