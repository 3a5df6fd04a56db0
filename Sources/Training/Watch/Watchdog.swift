import Foundation
import Kernels
import MessagePassing
import Synchronization

/// Ends a run in which a rank no longer goes on, and says which.
///
/// A thread on every rank tells the others what its rank is doing, and listens to them: a rank that hangs in an MPI
/// call, was stopped, or lies behind a cut is found by those that are left, on both sides of the cut.
public final class Watchdog: @unchecked Sendable {
    private let channel: HeartbeatChannel?
    private let clock: PhaseClock
    private let rank: Int
    private let patience: Double
    private let say: @Sendable (String) -> Void
    private let end: @Sendable (String) -> Void
    private var table: RankTable
    private let isEnding = Atomic<Bool>(false)

    /// Agrees with the other ranks, and begins to watch; every rank calls it.
    ///
    /// - Parameters:
    ///   - clock: Told what this rank is doing.
    ///   - patience: Seconds without progress that end the run.
    ///   - say: Told, on a thread of the watchdog's, whom nobody hears any more, and who is back.
    ///   - end: Told once what is wrong, on the same thread; ends the process.
    public init(
        _ communicator: Communicator, _ clock: PhaseClock, patience: Double,
        say: @escaping @Sendable (String) -> Void, end: @escaping @Sendable (String) -> Void
    ) throws {
        channel = communicator.size > 1 ? try HeartbeatChannel(communicator) : nil
        let hosts = try communicator.allGather(Array(communicator.host.utf8)).map {
            String(decoding: $0, as: UTF8.self)
        }
        (rank, self.clock, self.patience) = (communicator.rank, clock, patience)
        (self.say, self.end) = (say, end)
        table = RankTable(hosts: hosts, own: communicator.rank, patience: patience, peers: channel?.watched)
        Thread.detachNewThread { [self] in watch() }
    }

    /// All ranks have come to the end. The library shuts down together, too: until the process ends, whoever hangs there
    /// is found.
    public func ranksEnd() { isEnding.store(true, ordering: .relaxed) }

    private func watch() {
        let interval = min(1, patience / 8)
        var number = -1, moved = Self.now, before = Self.now
        var hasEnded = false
        while true {
            let now = Self.now
            if !hasEnded && isEnding.load(ordering: .relaxed) {
                hasEnded = true
                table.end(at: now)
            }
            // This process itself was stopped.
            if now - before > 4 * interval { table.forgive(at: now) }
            if now - before > max(patience / 2, 4 * interval) { moved = now }
            before = now
            let latest = clock.latest
            if latest.number != number { (number, moved) = (latest.number, now) }
            let own = Heartbeat(
                rank: rank, step: clock.step.load(ordering: .relaxed), phase: latest.phase.rawValue,
                idleSeconds: now - moved)
            table.hear(own, at: now)
            channel?.send(own)
            listen(until: now + interval)
            // Soon: mpirun may miss a host's daemon, and end the run, before patience is at its end.
            if isEnding.load(ordering: .relaxed) != hasEnded { continue }
            if let change = table.change(at: Self.now, after: max(1, 2 * interval)) { say(change) }
            if let verdict = table.verdict(at: Self.now) {
                // One message is enough, where one arrives.
                if verdict.hasOtherSpeaker { Thread.sleep(forTimeInterval: Self.courtesy) }
                if isEnding.load(ordering: .relaxed) == hasEnded { return end(verdict.message) }
            }
        }
    }

    private func listen(until end: Double) {
        while true {
            let left = end - Self.now
            if left <= 0 { return }
            guard let channel else { return Thread.sleep(forTimeInterval: left) }
            if let heartbeat = channel.receive(within: left) { table.hear(heartbeat, at: Self.now) }
        }
    }

    /// Seconds that a rank leaves to one before it.
    private static let courtesy = 3.0

    /// Seconds of a clock that only goes forward.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
