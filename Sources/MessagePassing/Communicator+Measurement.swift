import Glibc

/// What messages take here, measured.
extension Communicator {
    /// Waits until every rank is here, and leaves the core to others meanwhile.
    public func barrierAsleep() throws {
        let before = sleepsWhileWaiting
        sleepsWhileWaiting = true
        defer { sleepsWhileWaiting = before }
        try barrierAsTransfers()
    }

    /// Waits until every rank is here, asleep where waiting for messages is. Ranks may differ in that: the messages are
    /// the same.
    public func barrierAsTransfers() throws {
        var transfers = PendingTransfers(self)
        try withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            let others = rank == 0 ? 1..<size : 0..<1
            for other in others {
                let byte = UnsafeMutableRawBufferPointer(rebasing: bytes[other..<other + 1])
                if rank == 0 { try transfers.receive(byte, from: other) } else {
                    try transfers.send(UnsafeRawBufferPointer(byte), to: other)
                }
            }
            try transfers.finish()
            for other in others {
                let byte = UnsafeMutableRawBufferPointer(rebasing: bytes[other..<other + 1])
                if rank == 0 { try transfers.send(UnsafeRawBufferPointer(byte), to: other) } else {
                    try transfers.receive(byte, from: other)
                }
            }
            try transfers.finish()
        }
    }

    /// What exchanges of messages take that all ranks make at the same time, each with the rank whose number differs in
    /// one bit.
    ///
    /// - Parameters:
    ///   - bytes: Sent and received by each rank.
    ///   - distance: The bit; ranks without such a partner look on.
    ///   - seconds: To measure, about.
    /// - Returns: Seconds of one exchange on the slowest rank, the median of several measurements, and how much of them
    ///   this rank's processor worked.
    public func exchange(bytes: Int, distance: Int, seconds: Double) throws -> (seconds: Double, processor: Double) {
        let partner = rank ^ distance
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * bytes, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        defer { memory.deallocate() }
        let sent = UnsafeMutableRawBufferPointer(rebasing: memory[..<bytes])
        let received = UnsafeMutableRawBufferPointer(rebasing: memory[bytes...])
        var transfers = PendingTransfers(self)
        func measured(_ rounds: Int) throws -> Double {
            try barrierAsTransfers()
            let clock = ContinuousClock(), begin = clock.now
            for round in 0..<rounds where partner < size {
                // As messages are: just computed, by a core that has them in its cache.
                sent.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: round))
                try transfers.receive(received, from: partner)
                try transfers.send(UnsafeRawBufferPointer(sent), to: partner)
                try transfers.finish()
            }
            let own = (clock.now - begin) / .seconds(1) / Double(rounds)
            try barrierAsTransfers()
            return try allGather([own], counts: [Int](repeating: 1, count: size)).map { $0[0] }.max() ?? own
        }
        _ = try measured(2)
        // The same on every rank, since the slowest one's time is.
        let repeats = 7, rounds = max(1, Int(min(1e6, seconds / Double(repeats) / max(try measured(2), 1e-7))))
        let processor = processorSeconds()
        let times = try (0..<repeats).map { _ in try measured(rounds) }.sorted()
        return (times[repeats / 2], (processorSeconds() - processor) / Double(repeats * rounds))
    }
}

/// Speed of the additions between messages, on one core.
public struct AdditionSpeed: Equatable, Sendable {
    /// Seconds for each byte of an addend that is added, as 32-bit numbers and as 16-bit ones.
    public var float32: Double
    public var bfloat16: Double
    /// Seconds for each 32-bit number that is rounded to 16 bits and back.
    public var rounding: Double

    public init(float32: Double, bfloat16: Double, rounding: Double) {
        (self.float32, self.bfloat16, self.rounding) = (float32, bfloat16, rounding)
    }

    /// Measures for some milliseconds, on vectors that stay in the second-level cache.
    public static func measured() -> AdditionSpeed {
        let count = 1 << 16
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2 * count)
        memory.initialize(repeating: 0)
        let rounded = UnsafeMutableBufferPointer<BFloat16>.allocate(capacity: 2 * count)
        rounded.initialize(repeating: .zero)
        defer {
            memory.deallocate()
            rounded.deallocate()
        }
        guard let floats = memory.baseAddress, let shorts = rounded.baseAddress else {
            return AdditionSpeed(float32: 0, bfloat16: 0, rounding: 0)
        }
        func fastest(_ body: () -> Void) -> Double {
            let clock = ContinuousClock()
            return (0..<30).map { _ in
                let begin = clock.now
                body()
                return (clock.now - begin) / .seconds(1)
            }.min() ?? 0
        }
        let numbers = Double(count)
        return AdditionSpeed(
            float32: fastest { Float.accumulate(floats, floats + count, count: count) } / numbers / 4,
            bfloat16: fastest { BFloat16.accumulate(shorts, shorts + count, count: count) } / numbers / 2,
            rounding: fastest {
                BFloat16.narrow(floats, into: shorts, count: count)
                BFloat16.widen(shorts, into: floats + count, count: count)
            } / numbers)
    }
}

/// Time that processors have worked for this process.
package func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
