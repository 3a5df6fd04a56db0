import Kernels
import MessagePassing

/// How evenly the work of an epoch's training steps was spread over the ranks.
public struct RankBalance: Equatable, Sendable {
    /// The rank that computed longest.
    public let slowestRank: Int
    /// Its computing time over the mean of all ranks.
    public let imbalance: Double
    /// What each of the others waited in its steps, on average.
    public let waitedSeconds: Double

    /// - Parameters:
    ///   - computing: Seconds of each rank.
    ///   - waiting: Seconds of each rank until the slowest one had come as far.
    /// - Returns: nil for a single rank, and where nothing was computed.
    package init?(computing: [Double], waiting: [Double]) {
        let total = computing.reduce(0, +)
        guard computing.count > 1, total > 0,
            let slowest = computing.indices.max(by: { (computing[$0], -$0) < (computing[$1], -$1) })
        else { return nil }
        slowestRank = slowest
        imbalance = computing[slowest] * Double(computing.count) / total
        waitedSeconds = (waiting.reduce(0, +) - waiting[slowest]) / Double(waiting.count - 1)
    }
}

/// Where the time of this rank's steps went.
struct RankTime {
    private var nanoseconds = [UInt64](repeating: 0, count: StepPhase.allCases.count)

    /// Adds what `PhaseClock.stop` gave.
    mutating func add(_ step: [UInt64]) { for (phase, time) in step.enumerated() { nanoseconds[phase] += time } }

    /// Compares the ranks, in one message.
    func balance(_ communicator: Communicator) throws -> RankBalance? {
        guard communicator.size > 1 else { return nil }
        let waiting = nanoseconds[StepPhase.waiting.rawValue]
        let idle = waiting + nanoseconds[StepPhase.reduction.rawValue]
        let computing = nanoseconds.reduce(0, +) - idle
        let times = try communicator.allGather(
            [computing, waiting], counts: [Int](repeating: 2, count: communicator.size))
        return RankBalance(computing: times.map { Double($0[0]) * 1e-9 }, waiting: times.map { Double($0[1]) * 1e-9 })
    }
}
