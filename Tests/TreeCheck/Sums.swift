import MessagePassing

extension TreeCheck {
    static func checkSums(_ world: Communicator) throws {
        let lengths = [0, 1, 2, 3, 7, 1000, 1023, 1024, 1025, 100_003]
        for shards in [16, 64] {
            let reduction = try TreeReduction(world, shards: shards)
            for (number, present) in patterns(shards).enumerated() {
                for length in lengths where length < 2000 || (shards == 16 && number < 4) {
                    try check(world, reduction, present, length, Sum<Float>.exact)
                    try check(world, reduction, present, length, Sum<Double>.exact)
                    try check(world, reduction, present, length, .rounded)
                }
            }
            // Messages cut into many pieces.
            world.messageLimit = 1000
            try check(world, reduction, patterns(shards)[1], 5003, Sum<Float>.exact)
            try check(world, reduction, patterns(shards)[1], 5003, .rounded)
            world.messageLimit = 1 << 30
        }
        try checkSeveral(world)
        report(world, "sums agree on \(world.size) ranks")
    }

    /// All shards, some shards, one shard, none.
    private static func patterns(_ shards: Int) -> [[Bool]] {
        var patterns = [[Bool](repeating: true, count: shards)]
        for seed in 0..<4 { patterns.append((0..<shards).map { mix(seed, $0) % 8 < 3 + UInt64(seed) }) }
        for only in [0, 5, shards - 1] { patterns.append((0..<shards).map { $0 == only }) }
        patterns.append([Bool](repeating: false, count: shards))
        return patterns
    }

    private static func check<Scalar: TreeScalar & BinaryFloatingPoint>(
        _ world: Communicator, _ reduction: TreeReduction, _ present: [Bool], _ length: Int, _ sum: Sum<Scalar>
    ) throws {
        let tree = reduction.tree
        let leaves = present.indices.map { shard in
            present[shard] ? (0..<length).map { value(shard, $0, Scalar.self) } : []
        }
        let expected =
            naive(0..<tree.shardCount, leaves, present, sum.rounding) ?? [Scalar](repeating: 0, count: length)
        let subtrees = tree.presentSubtrees(ofRank: world.rank, present: present)

        // Into memory of its own, and into that of the first partial.
        for inPlace in subtrees.isEmpty ? [false] : [false, true] {
            let partials = subtrees.map { range in
                let vector = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: length)
                _ = vector.initialize(from: naive(range, leaves, present, sum.rounding) ?? [])
                return vector
            }
            let own = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: length)
            own.initialize(repeating: .nan)
            defer {
                own.deallocate()
                for partial in partials { partial.deallocate() }
            }
            let output = inPlace ? partials[0] : own
            let before = world.bytesSent
            try sum.reduce(reduction, [TreeReduction.Addends(partials, into: output)].compactMap { $0 }, present)
            let sent = world.bytesSent - before
            try require(
                zip(output, expected).allSatisfy { bits($0) == bits($1) },
                "\(length) of \(sum.bytes) bytes over \(tree.shardCount) shards, in place \(inPlace)")
            let (bytes, ranks) = (length * sum.bytes, world.size)
            if ranks & (ranks - 1) == 0, bytes >= 4096 {
                // Halves of odd lengths are rounded up, at most once in each round.
                let bound = 2 * (ranks - 1) * bytes / ranks + 16 * sum.bytes
                try require(sent <= bound, "\(sent) bytes sent, at most \(bound)")
            }
        }
        // Ranks with and without partials of their own made different numbers of calls: make up for it.
        if subtrees.isEmpty {
            let own = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: length)
            defer { own.deallocate() }
            try sum.reduce(reduction, [TreeReduction.Addends([], into: own)].compactMap { $0 }, present)
        }
    }

    /// Several vectors in one call, of which some are cut, some travel whole and some are longer than a stretch.
    private static func checkSeveral(_ world: Communicator) throws {
        var shards = 2
        while shards < world.size { shards *= 2 }
        let reduction = try TreeReduction(world, shards: shards)
        let onlyFirst = (0..<shards).map { $0 == 0 }
        for (lengths, present) in [
            ([3, 0, 1024, 40_001], [Bool](repeating: true, count: shards)), ([3, 0, 1024, 40_001], onlyFirst),
            ([70, 2_200_003, 1], [Bool](repeating: true, count: shards)), ([70, 2_200_003, 1], onlyFirst),
        ] {
            let subtrees = reduction.tree.presentSubtrees(ofRank: world.rank, present: present)
            let leaves = lengths.map { length in
                present.indices.map { shard in (0..<length).map { value(shard, $0 + length, Float.self) } }
            }
            let partials = leaves.map { leaves in
                subtrees.map { range in
                    let values = naive(range, leaves, present, { $0 }) ?? []
                    let vector = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
                    _ = vector.initialize(from: values)
                    return vector
                }
            }
            let outputs = lengths.map { length in
                let vector = UnsafeMutableBufferPointer<Float>.allocate(capacity: length)
                vector.initialize(repeating: .nan)
                return vector
            }
            defer { for vector in partials.flatMap({ $0 }) + outputs { vector.deallocate() } }
            try reduction.allReduce(
                zip(partials, outputs).compactMap { TreeReduction.Addends($0, into: $1) }, present: present)
            for (output, leaves) in zip(outputs, leaves) {
                let expected = naive(0..<shards, leaves, present, { $0 }) ?? []
                try require(
                    zip(output, expected).allSatisfy { bits($0) == bits($1) }, "\(output.count) of several vectors")
            }
        }
    }

    /// Left plus right, absent halves skipped, and each node's sum rounded: the definition.
    private static func naive<Scalar: TreeScalar & BinaryFloatingPoint>(
        _ range: Range<Int>, _ leaves: [[Scalar]], _ present: [Bool], _ rounding: (Scalar) -> Scalar
    ) -> [Scalar]? {
        if range.count == 1 { return present[range.lowerBound] ? leaves[range.lowerBound].map(rounding) : nil }
        let middle = (range.lowerBound + range.upperBound) / 2
        let left = naive(range.lowerBound..<middle, leaves, present, rounding)
        let right = naive(middle..<range.upperBound, leaves, present, rounding)
        guard let left, let right else { return left ?? right }
        return zip(left, right).map { rounding($0 + $1) }
    }

    /// Numbers of both signs and many magnitudes, whose sum depends on the order.
    private static func value<Scalar: BinaryFloatingPoint>(_ shard: Int, _ index: Int, _: Scalar.Type) -> Scalar {
        let random = mix(shard, index)
        let magnitude = Scalar(sign: .plus, exponent: Scalar.Exponent(random % 16), significand: 1)
        return (Scalar(random >> 40) / 16_777_216 - 0.5) * magnitude
    }

    private static func bits<Scalar: BinaryFloatingPoint>(_ value: Scalar) -> UInt64 {
        Double(value).bitPattern
    }

    /// SplitMix64's finaliser over two numbers.
    private static func mix(_ a: Int, _ b: Int) -> UInt64 {
        var z = UInt64(a) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(b) &* 0xD1B5_4A32_D192_ED03 &+ 0x2545_F491_4F6C_DD1D
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
