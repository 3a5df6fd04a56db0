import Kernels
import MessagePassing

/// A short trial of what training does all the time: a sum over ranks, a product on a core.
package struct Trial: Codable, Equatable, Sendable {
    package var shards: Int
    package var sumsAreRight: Bool
    /// Bytes of the longer sum, and how long it took.
    package var sumBytes: Int
    package var sumSeconds: Double
    /// Operations of one core per nanosecond; a fused multiply-add is two.
    package var gigaflops: Double

    package init(shards: Int, sumsAreRight: Bool, sumBytes: Int, sumSeconds: Double, gigaflops: Double) {
        self.shards = shards
        self.sumsAreRight = sumsAreRight
        self.sumBytes = sumBytes
        self.sumSeconds = sumSeconds
        self.gigaflops = gigaflops
    }

    /// Every rank calls it.
    init(_ communicator: Communicator) throws {
        var shards = 16
        while shards < communicator.size { shards *= 2 }
        let reduction = try TreeReduction(communicator, shards: shards)
        // One vector that travels whole, and one that is cut; many shards shorten it, since every rank adds all of
        // them.
        let short = try Self.sum(communicator, reduction, count: 1000)
        let count = max(2048, 4_000_000 / shards)
        let long = try Self.sum(communicator, reduction, count: count)
        try communicator.barrier()
        self.init(
            shards: shards, sumsAreRight: short.isRight && long.isRight, sumBytes: count * MemoryLayout<Float>.stride,
            sumSeconds: long.seconds, gigaflops: Self.productSpeed(seconds: 0.3))
    }

    /// A sum over shards whose bits depend on the order of additions, against the same sum made on this rank alone.
    private static func sum(
        _ communicator: Communicator, _ reduction: TreeReduction, count: Int
    ) throws -> (isRight: Bool, seconds: Double) {
        let tree = reduction.tree, present = [Bool](repeating: true, count: tree.shardCount)
        let own = tree.presentSubtrees(ofRank: communicator.rank, present: present).map {
            partialSum(of: $0, count: count)
        }
        var buffers = own.map { partial in
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            _ = buffer.initialize(from: partial)
            return buffer
        }
        let output = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        output.initialize(repeating: .nan)
        defer { for buffer in buffers { buffer.deallocate() } }
        buffers.append(output)
        try communicator.barrier()
        let clock = ContinuousClock(), begin = clock.now
        try reduction.allReduce(Array(buffers.dropLast()), present: present, into: output)
        let seconds = (clock.now - begin) / .seconds(1)
        let expected = partialSum(of: 0..<tree.shardCount, count: count)
        return (zip(output, expected).allSatisfy { $0.bitPattern == $1.bitPattern }, seconds)
    }

    /// Left half plus right half: the definition.
    private static func partialSum(of shards: Range<Int>, count: Int) -> [Float] {
        guard shards.count > 1 else { return (0..<count).map { value(shard: shards.lowerBound, index: $0) } }
        let middle = (shards.lowerBound + shards.upperBound) / 2
        var sum = partialSum(of: shards.lowerBound..<middle, count: count)
        let right = partialSum(of: middle..<shards.upperBound, count: count)
        for index in sum.indices { sum[index] += right[index] }
        return sum
    }

    /// Numbers of both signs and 16 magnitudes.
    private static func value(shard: Int, index: Int) -> Float {
        let random =
            UInt32(truncatingIfNeeded: (shard &+ 1) &* 0x9E37_79B9 ^ (index &+ 1) &* 0x85EB_CA6B) &* 0xC2B2_AE35
        return (Float(random >> 8) / 16_777_216 - 0.5) * Float(1 << (random & 15))
    }

    /// Speed of a product whose weights fit the second-level cache.
    ///
    /// - Parameter seconds: How long to measure.
    private static func productSpeed(seconds: Double) -> Double {
        let (rows, inputs, outputs) = (240, 384, 384)
        let x = Matrix<Float>(rows: rows, columns: inputs), y = Matrix<Float>(rows: rows, columns: outputs)
        let weight = PackedMatrix<Float>(inputs: inputs, outputs: outputs)
        let clock = ContinuousClock()
        var best = 0.0
        let begin = clock.now
        repeat {
            // The best of many short measurements: what else the machine does is not the core's speed.
            let start = clock.now
            for _ in 0..<10 { multiply(x, rows: .all(rows), by: weight, into: y, rows: .all(rows)) }
            best = max(best, Double(10 * 2 * rows * inputs * outputs) / ((clock.now - start) / .nanoseconds(1)))
        } while (clock.now - begin) / .seconds(1) < seconds
        return best
    }
}
