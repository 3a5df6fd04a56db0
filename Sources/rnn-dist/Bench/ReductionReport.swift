import Kernels
import MessagePassing
import Reporting

/// What a sum over the ranks costs: the exact tree beside the MPI library's own sum, whose bits change with the ranks.
struct ReductionReport {
    /// Bytes of the vector.
    let bytes: Int
    /// Medians, seconds.
    let seconds: Double, librarySeconds: Double
    /// By the rank that sends most, and the least that such a sum needs: 2 · (N − 1) / N of the vector.
    let bytesSent: Int, bound: Double

    static let sizes = (12...26).map { 1 << $0 }

    /// - Parameters:
    ///   - asleep: Whether ranks sleep while they wait in the exact tree.
    ///   - seconds: Measured at least so long.
    init(_ communicator: Communicator, bytes: Int, asleep: Bool, seconds: Double) throws {
        var shards = 16
        while shards < communicator.size { shards *= 2 }
        let reduction = try TreeReduction(communicator, shards: shards)
        let present = [Bool](repeating: true, count: shards)
        let partials = reduction.tree.presentSubtrees(ofRank: communicator.rank, present: present).map { _ in
            AlignedBuffer<Float>(count: bytes / MemoryLayout<Float>.stride)
        }
        // Told once: short sums take less time than to find out where the vectors lie.
        let vectors = partials.map(\.mutableElements), output = vectors[0]
        func ours() throws { try reduction.allReduce(vectors, present: present, into: output) }
        func theirs() throws { try communicator.librarySum(output) }
        for _ in 0..<3 { try ours(); try theirs() }
        let sent = communicator.bytesSent
        try ours()
        bytesSent = try communicator.allGather([communicator.bytesSent - sent]).map { $0[0] }.max() ?? 0
        bound = 2 * Double(communicator.size - 1) / Double(communicator.size) * Double(bytes)
        self.bytes = bytes

        // Turn about, so that whatever else the machine does falls on both; many sums in a row are one measurement.
        let once = max(1e-7, try Self.slowest(communicator, rounds: 1, ours))
        let rounds = max(1, Int(try communicator.allGather([1e-3 / once]).map { $0[0] }.min() ?? 1))
        var times: (ours: [Double], theirs: [Double]) = ([], [])
        repeat {
            communicator.sleepsWhileWaiting = asleep
            times.ours.append(try Self.slowest(communicator, rounds: rounds, ours))
            communicator.sleepsWhileWaiting = false
            times.theirs.append(try Self.slowest(communicator, rounds: rounds, theirs))
        } while times.ours.count < 5 || (times.ours + times.theirs).reduce(0, +) * Double(rounds) < seconds
        (self.seconds, librarySeconds) = (Self.median(times.ours), Self.median(times.theirs))
        withExtendedLifetime(partials) {}
    }

    /// Seconds of one call on the slowest rank.
    private static func slowest(_ communicator: Communicator, rounds: Int, _ body: () throws -> Void) throws -> Double {
        try communicator.barrierAsTransfers()
        let clock = ContinuousClock(), begin = clock.now
        for _ in 0..<rounds { try body() }
        let own = (clock.now - begin) / .seconds(1) / Double(rounds)
        try communicator.barrierAsTransfers()
        return try communicator.allGather([own]).map { $0[0] }.max() ?? own
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    var json: JSONObject {
        JSONObject([
            ("reduction_bytes", .integer(bytes)), ("seconds", .number(seconds)),
            ("mpi_allreduce_seconds", .number(librarySeconds)),
            ("ratio", .number(seconds / librarySeconds)), ("bytes_sent", .integer(bytesSent)),
            ("bytes_sent_bound", .number(bound)),
        ])
    }
}

extension [ReductionReport] {
    var text: String {
        var table = TextTable(
            columns: [
                .init("vector", .right), .init("exact tree", .right), .init("MPI_Allreduce", .right),
                .init("ratio", .right),
                .init("sent", .right), .init("of the bound", .right),
            ])
        for report in self {
            table.add([
                "\(report.bytes / 1024) KiB", Self.time(report.seconds), Self.time(report.librarySeconds),
                Self.fixed(report.seconds / report.librarySeconds), "\(report.bytesSent / 1024) KiB",
                Self.fixed(Double(report.bytesSent) / report.bound),
            ])
        }
        return table.text
    }

    private static func time(_ seconds: Double) -> String { "\(fixed(seconds * 1e6)) µs" }

    private static func fixed(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}
