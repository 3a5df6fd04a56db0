private import CProcessor

/// What bounds every product on this machine, measured: arithmetic in registers, and memory.
public enum MachineSpeed {
    /// Floating-point operations a second of all threads at once, a fused multiply-add being two: chains that
    /// depend on nothing but themselves and never leave the registers.
    ///
    /// - Parameters:
    ///   - seconds: How long to measure. The best short stretch counts: what else runs is not the core's speed.
    ///   - precision: Of what is multiplied, if the processor has instructions for it.
    public static func floatOperations(
        team: ThreadTeam, seconds: Double, precision: ProductPrecision = .float32
    ) -> Double {
        let pairs = precision == .bfloat16 && Processor.multipliesBFloat16
        let rates = AlignedBuffer<Double>(count: team.count)
        team.run { thread in
            let begin = PhaseClock.now
            var best = 0.0
            repeat {
                let start = PhaseClock.now
                // As many chains as the registers hold.
                let operations = largestTile > 2
                    ? chains(TileShape<20, 1>(), links: 10_000, pairs: pairs)
                    : chains(TileShape<5, 1>(), links: 20_000, pairs: pairs)
                best = max(best, operations * 1e9 / Double(max(1, PhaseClock.now - start)))
            } while Double(PhaseClock.now - begin) < seconds * 1e9
            rates.pointer[thread] = best
        }
        return (0..<team.count).reduce(0) { $0 + rates[$1] }
    }

    /// Bytes a second of all threads at once in `a = b + s · c` over arrays of 64 MiB, each array counted once.
    ///
    /// - Source: McCalpin, "Memory bandwidth and machine balance in current high performance computers", 1995: Triad.
    public static func memoryBytes(team: ThreadTeam, seconds: Double) -> Double {
        let count = 1 << 24
        let a = AlignedBuffer<Float>(count: count), b = AlignedBuffer<Float>(count: count),
            c = AlignedBuffer<Float>(count: count)
        for buffer in [a, b, c] {
            team.split(count, grain: 4096) { range in for i in range { buffer.pointer[i] = 1 } }
        }
        var best = 0.0
        let begin = PhaseClock.now
        repeat {
            let start = PhaseClock.now
            team.split(count, grain: 4096) { range in
                let (a, b, c) = (a.pointer, b.pointer, c.pointer)
                for i in range { a[i] = c[i].addingProduct(3, b[i]) }
            }
            best = max(
                best, Double(3 * count * MemoryLayout<Float>.stride) * 1e9 / Double(max(1, PhaseClock.now - start)))
        } while Double(PhaseClock.now - begin) < seconds * 1e9
        return withExtendedLifetime((a, b, c)) { best }
    }

    /// `R` chains of so many links.
    ///
    /// - Parameter pairs: Of bfloat16 numbers are multiplied, two a lane.
    /// - Returns: The operations it took.
    @inline(never)
    private static func chains<let R: Int, let C: Int>(
        _: TileShape<R, C>, links: Int, pairs: Bool
    ) -> Double {
        typealias Vector = SIMD16<Float>
        var sums = InlineArray<R, Vector>(repeating: Vector(repeating: 1))
        let factor = Vector(repeating: 0.999), addend = Vector(repeating: 0.001)
        if pairs {
            // Zeros: the sums stay what they are.
            let x = BFloat16Pairs(repeating: 0x3F80_3F80), zero = BFloat16Pairs()
            for _ in 0..<links {
                for r in 0..<R { sums[r] = BFloat16Arithmetic.adding(sums[r], x, zero) }
            }
        } else {
            for _ in 0..<links {
                for r in 0..<R { sums[r] = addend.addingProduct(sums[r], factor) }
            }
        }
        var total = Vector()
        for r in 0..<R { total += sums[r] }
        // The result decides nothing, but the compiler cannot know.
        return total[0].isFinite ? Double((pairs ? 4 : 2) * R * links * Float.lanes) : 0
    }
}
