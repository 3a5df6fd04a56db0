/// What a rank says of itself from time to time, beside MPI.
public struct Heartbeat: Equatable, Sendable {
    public var rank: Int
    /// Optimizer steps made.
    public var step: Int
    /// A number that sender and receiver understand alike.
    public var phase: Int
    /// Seconds since the rank last went on.
    public var idleSeconds: Double

    public init(rank: Int, step: Int, phase: Int, idleSeconds: Double) {
        (self.rank, self.step, self.phase, self.idleSeconds) = (rank, step, phase, idleSeconds)
    }
}

extension Heartbeat {
    private static let wordCount = 5
    package static let byteCount = wordCount * MemoryLayout<UInt64>.stride

    /// - Parameter run: Tells messages of this run from those of others.
    package func encoded(run: UInt64) -> [UInt8] {
        [run, UInt64(rank), UInt64(step), UInt64(phase), idleSeconds.bitPattern].flatMap { word in
            withUnsafeBytes(of: word.littleEndian) { Array($0) }
        }
    }

    /// Nil for bytes that are no heartbeat of this run.
    package init?(_ bytes: some Collection<UInt8>, run: UInt64, ranks: Int) {
        guard bytes.count == Self.byteCount else { return nil }
        let words = Array(bytes).withUnsafeBytes { bytes in
            (0..<Self.wordCount).map {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
            }
        }
        guard words[0] == run, words[1] < ranks, words[2] < 1 << 62, words[3] < 256 else { return nil }
        let idle = Double(bitPattern: words[4])
        // Longer than any run, and a number of seconds that text can show.
        guard 0..<1e9 ~= idle else { return nil }
        self.init(rank: Int(words[1]), step: Int(words[2]), phase: Int(words[3]), idleSeconds: idle)
    }
}
