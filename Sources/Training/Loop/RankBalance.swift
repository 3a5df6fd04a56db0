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

    /// - Parameter nanoseconds: Of each rank, by number of the `StepPhase`.
    init?(nanoseconds: [[UInt64]]) {
        let waiting = nanoseconds.map { $0[StepPhase.waiting.rawValue] }
        let computing = zip(nanoseconds, waiting).map { times, waiting in
            times.reduce(0, +) - waiting - times[StepPhase.reduction.rawValue]
        }
        self.init(computing: computing.map { Double($0) * 1e-9 }, waiting: waiting.map { Double($0) * 1e-9 })
    }
}

/// Where the time of this rank's steps went.
struct RankTime {
    private var nanoseconds = [UInt64](repeating: 0, count: StepPhase.allCases.count)

    /// Adds what `PhaseClock.stop` gave.
    mutating func add(_ step: [UInt64]) { for (phase, time) in step.enumerated() { nanoseconds[phase] += time } }

    /// Nanoseconds of every rank by number of the phase, in one message.
    func ofAllRanks(_ communicator: Communicator) throws -> [[UInt64]] {
        guard communicator.size > 1 else { return [nanoseconds] }
        return try communicator.allGather(
            nanoseconds, counts: [Int](repeating: nanoseconds.count, count: communicator.size))
    }
}
