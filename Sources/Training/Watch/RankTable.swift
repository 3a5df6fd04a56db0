import Kernels
import MessagePassing

/// What a rank knows of all ranks' progress, and whom it makes answerable where there is none.
package struct RankTable {
    /// The hosts' names, by rank.
    private let hosts: [String]
    private let own: Int
    /// Seconds without progress, or without a heartbeat, that end the run.
    private var patience: Double
    private var isEnding = false
    private var latest: [(heartbeat: Heartbeat, time: Double)?]
    /// When this rank began to listen.
    private var begin: Double?
    /// Whom this rank has said it misses, and who of them was heard since.
    private var missed: [Int] = [], returned: [Int] = []

    /// Ranks that this one exchanges heartbeats with.
    private let peers: [Int]

    /// - Parameter peers: nil: all.
    package init(hosts: [String], own: Int, patience: Double, peers: [Int]? = nil) {
        (self.hosts, self.own, self.patience) = (hosts, own, patience)
        self.peers = peers ?? Array(hosts.indices)
        latest = [(Heartbeat, Double)?](repeating: nil, count: hosts.count)
    }

    /// - Parameter time: In seconds, of a clock that only goes forward.
    package mutating func hear(_ heartbeat: Heartbeat, at time: Double) {
        latest[heartbeat.rank] = (heartbeat, time)
        begin = begin ?? time
        if let index = missed.firstIndex(of: heartbeat.rank) { returned.append(missed.remove(at: index)) }
    }

    /// This process was stopped for a while: whoever could not be heard is given time again.
    package mutating func forgive(at time: Double) {
        for rank in latest.indices { latest[rank]?.time = time }
        begin = time
    }

    /// All ranks have come to the end, and leave it one after the other: from here on only long silence counts.
    package mutating func end(at time: Double) {
        forgive(at: time)
        patience = max(patience, Self.leave)
        isEnding = true
    }

    /// Seconds that a rank which has left is not missed for: the others leave at about the same time.
    private static let leave = 8.0

    /// Ranks that are no longer heard, or are heard again; nil where nothing has changed, or a rank before this one says so.
    ///
    /// - Parameter seconds: Of silence.
    package mutating func change(at time: Double, after seconds: Double) -> String? {
        if isEnding { return nil }
        let silent = silentRanks(at: time, for: seconds) + unheardRanks(at: time, for: seconds)
        if !returned.isEmpty {
            defer { returned = [] }
            return "\(names(returned.sorted())): heard again (says rank \(own))"
        }
        let lost = silent.filter { !missed.contains($0) }.sorted()
        let speaker = latest.indices.first { $0 == own || latest[$0] != nil && !silent.contains($0) }
        guard !lost.isEmpty, speaker == own else { return nil }
        missed += lost
        return "\(names(lost)): nothing heard for more than \(Int(seconds)) s (says rank \(own) on \(hosts[own]))"
    }

    private func silentRanks(at time: Double, for seconds: Double) -> [Int] {
        latest.indices.filter { rank in rank != own && latest[rank].map { time - $0.time > seconds } ?? false }
    }

    /// Ranks that were not heard a single time: cut off at once, or on a network that does not let heartbeats pass.
    private func unheardRanks(at time: Double, for seconds: Double) -> [Int] {
        guard let begin, time - begin > seconds else { return [] }
        return peers.filter { latest[$0] == nil }
    }

    private func names(_ ranks: [Int]) -> String { ranks.map { "rank \($0) on \(hosts[$0])" }.joined(separator: ", ") }

    /// What is wrong, and with whom.
    package struct Verdict: Equatable {
        package var message: String
        /// A rank that can say so and comes before this one.
        package var hasOtherSpeaker: Bool
    }

    /// - Returns: Nil while all is well.
    package func verdict(at time: Double) -> Verdict? {
        let silent = silentRanks(at: time, for: patience)
        let stuck = silent.isEmpty && !isEnding ? stuckRanks(at: time) : []
        guard let answerable = [silent, stuck].first(where: { !$0.isEmpty }) else { return nil }
        let longest = answerable.map {
            silent.isEmpty ? idle($0, at: time) : time - (latest[$0]?.time ?? time)
        }.max() ?? 0
        let seconds = Int(longest.rounded(.down))
        let what = silent.isEmpty
            ? "\(names(answerable)): no progress for \(seconds) s"
            : "\(names(answerable)): nothing heard for \(seconds) s; stopped, hung with its host, or cut off"
                + (silent.count == hosts.count - 1 && silent.count > 1 ? " (or \(hosts[own]) is)" : "")
        let lines = latest.indices.map { "  rank \($0) on \(hosts[$0]): \(account(of: $0, at: time))" }
        return Verdict(
            message: "watchdog: \(what)\n" + lines.joined(separator: "\n")
                + "\n  go on from the last checkpoint with --resume; --watchdog sets how long a rank may take",
            hasOtherSpeaker: latest.indices.prefix(own).contains { latest[$0] != nil && !silent.contains($0) })
    }

    /// Ranks that stand still, but for those that wait for others as long as somebody moves.
    private func stuckRanks(at time: Double) -> [Int] {
        let still = latest.indices.filter { idle($0, at: time) > patience }
        let busy = still.filter { rank in phase(rank).map { !$0.isWaiting } ?? false }
        if !busy.isEmpty { return busy }
        // All wait: for those who are behind, or for each other.
        guard still.count == latest.indices.filter({ latest[$0] != nil }).count else { return [] }
        let behind = still.compactMap { latest[$0]?.heartbeat.step }.min()
        return still.filter { latest[$0]?.heartbeat.step == behind }
    }

    /// Seconds a rank has stood still. At the start data is read, which may take any time.
    private func idle(_ rank: Int, at time: Double) -> Double {
        guard let (heartbeat, heard) = latest[rank], phase(rank) != .start else { return 0 }
        return heartbeat.idleSeconds + time - heard
    }

    private func phase(_ rank: Int) -> StepPhase? {
        latest[rank].flatMap { StepPhase(rawValue: $0.heartbeat.phase) }
    }

    private func account(of rank: Int, at time: Double) -> String {
        guard let (heartbeat, heard) = latest[rank] else { return "never heard of" }
        let name = phase(rank)?.watchName ?? "phase \(heartbeat.phase)"
        return "step \(heartbeat.step), \(name) for \(Int(heartbeat.idleSeconds + time - heard)) s"
            + (rank == own ? "" : ", heard \(Int(time - heard)) s ago")
    }
}

extension StepPhase {
    /// Whether a rank in this phase may be waiting for others.
    fileprivate var isWaiting: Bool { self == .waiting || self == .reduction }

    fileprivate var watchName: String {
        switch self {
        case .data: "data"
        case .inputProjection, .recurrence, .output: "forward"
        case .outputBackward, .recurrenceBackward, .inputBackward, .weightGradients: "backward"
        case .waiting: "waiting for other ranks"
        case .reduction: "reduction"
        case .optimizer, .packing: "optimizer"
        case .other: "between phases"
        case .start: "reading data"
        case .checkpoint: "checkpoint"
        }
    }
}
