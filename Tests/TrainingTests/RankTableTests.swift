import Kernels
import MessagePassing
import Training
import XCTest

/// Who is made answerable where a run does not go on.
final class RankTableTests: XCTestCase {
    private let hosts = ["a", "a", "b", "c"]

    /// A table of rank `own` that was told of some ranks at time 100.
    private func table(own: Int = 0, _ ranks: [(StepPhase, step: Int, idle: Double)?]) -> RankTable {
        var table = RankTable(hosts: hosts, own: own, patience: 30)
        for (rank, state) in ranks.enumerated() {
            guard let (phase, step, idle) = state else { continue }
            table.hear(Heartbeat(rank: rank, step: step, phase: phase.rawValue, idleSeconds: idle), at: 100)
        }
        return table
    }

    func testNobodyIsBlamedWhileSomebodyMoves() {
        let table = table([(.waiting, 7, 500), (.waiting, 7, 500), (.recurrence, 7, 0.1), (.waiting, 7, 500)])
        XCTAssertNil(table.verdict(at: 101))
        // What takes its time before the first step is no trouble.
        XCTAssertNil(self.table([(.start, 0, 900), (.waiting, 0, 900), (.start, 0, 900), (.start, 0, 900)]).verdict(at: 101))
    }

    func testWhoIsBusyWithoutProgressIsNamedWithThePhasesOfAll() {
        let table = table([(.waiting, 7, 29), (.waiting, 7, 29), (.data, 7, 31), (.reduction, 7, 29)])
        XCTAssertEqual(
            table.verdict(at: 101)?.message,
            """
            watchdog: rank 2 on b: no progress for 32 s
              rank 0 on a: step 7, waiting for other ranks for 30 s
              rank 1 on a: step 7, waiting for other ranks for 30 s, heard 1 s ago
              rank 2 on b: step 7, data for 32 s, heard 1 s ago
              rank 3 on c: step 7, reduction for 30 s, heard 1 s ago
              go on from the last checkpoint with --resume; --watchdog sets how long a rank may take
            """)
    }

    func testWhoIsNotHeardOfIsNamed() {
        var table = table([(.waiting, 7, 1), (.waiting, 7, 1), (.recurrence, 6, 0), (.waiting, 7, 1)])
        for rank in [0, 1, 3] {
            table.hear(Heartbeat(rank: rank, step: 7, phase: StepPhase.waiting.rawValue, idleSeconds: 32), at: 131)
        }
        let message = table.verdict(at: 131)?.message ?? ""
        XCTAssertTrue(
            message.hasPrefix(
                "watchdog: rank 2 on b: nothing heard for 31 s; stopped, hung with its host, or cut off\n"), message)
        XCTAssertTrue(message.contains("\n  rank 2 on b: step 6, forward for 31 s, heard 31 s ago\n"), message)
    }

    /// Ranks leave one after the other; only whom nobody has heard for long hangs in the library's end.
    func testAtTheEndOnlyLongSilenceCounts() {
        var table = RankTable(hosts: hosts, own: 0, patience: 2)
        for rank in 0..<4 {
            table.hear(Heartbeat(rank: rank, step: 7, phase: StepPhase.checkpoint.rawValue, idleSeconds: 60), at: 100)
        }
        table.end(at: 101)
        table.hear(Heartbeat(rank: 0, step: 7, phase: StepPhase.checkpoint.rawValue, idleSeconds: 67), at: 108)
        XCTAssertNil(table.change(at: 108, after: 1))
        XCTAssertNil(table.verdict(at: 108))
        for rank in 0..<3 {
            table.hear(Heartbeat(rank: rank, step: 7, phase: StepPhase.checkpoint.rawValue, idleSeconds: 69), at: 110)
        }
        let message = table.verdict(at: 110)?.message ?? ""
        XCTAssertTrue(message.hasPrefix("watchdog: rank 3 on c: nothing heard for 9 s; "), message)
    }

    func testTheFirstThatIsHeardSaysOnceWhoIsNot() {
        let states: [(StepPhase, step: Int, idle: Double)?] = Array(repeating: (.waiting, step: 7, idle: 1), count: 4)
        var tables = (0..<4).map { table(own: $0, states) }
        func changes(at time: Double, silent: [Int]) -> [String?] {
            tables.indices.map { own in
                for rank in 0..<4 where !silent.contains(rank) {
                    tables[own].hear(Heartbeat(rank: rank, step: 7, phase: 0, idleSeconds: 0), at: time)
                }
                return tables[own].change(at: time, after: 2)
            }
        }
        XCTAssertEqual(changes(at: 101.5, silent: [3]), [nil, nil, nil, nil])
        XCTAssertEqual(
            changes(at: 103, silent: [3]), ["rank 3 on c: nothing heard for more than 2 s (says rank 0 on a)", nil, nil, nil])
        XCTAssertEqual(changes(at: 104, silent: [3]), [nil, nil, nil, nil])
        XCTAssertEqual(
            changes(at: 107, silent: [0, 1, 3]),
            [
                "rank 1 on a: nothing heard for more than 2 s (says rank 0 on a)",
                "rank 0 on a, rank 3 on c: nothing heard for more than 2 s (says rank 1 on a)",
                "rank 0 on a, rank 1 on a, rank 3 on c: nothing heard for more than 2 s (says rank 2 on b)", nil,
            ])
        XCTAssertEqual(
            changes(at: 108, silent: []), [
                "rank 1 on a, rank 3 on c: heard again (says rank 0)", "rank 0 on a, rank 3 on c: heard again (says rank 1)",
                "rank 0 on a, rank 1 on a, rank 3 on c: heard again (says rank 2)", nil,
            ])
    }

    func testWhoIsForgivenWasNotHeardAgain() {
        var table = table([(.waiting, 7, 1), (.waiting, 7, 1), (.waiting, 7, 1), (.waiting, 7, 1)])
        XCTAssertNotNil(table.change(at: 103, after: 2))
        table.forgive(at: 103)
        XCTAssertNil(table.change(at: 104, after: 2))
        table.hear(Heartbeat(rank: 3, step: 7, phase: 0, idleSeconds: 0), at: 104)
        XCTAssertEqual(table.change(at: 104, after: 2), "rank 3 on c: heard again (says rank 0)")
    }

    func testBehindACutTheOwnHostMayBeTheOne() {
        let message = table(own: 3, [(.waiting, 7, 1), (.waiting, 7, 1), (.waiting, 7, 1), (.waiting, 7, 0)])
            .verdict(at: 131)?.message ?? ""
        XCTAssertTrue(
            message.hasPrefix(
                "watchdog: rank 0 on a, rank 1 on a, rank 2 on b: nothing heard for 31 s; stopped, hung with its host, "
                    + "or cut off (or c is)\n"), message)
    }

    func testWhereAllWaitWhoIsBehindIsNamed() {
        let table = table([(.waiting, 7, 40), (.reduction, 6, 40), (.waiting, 7, 40), (.waiting, 7, 40)])
        XCTAssertTrue(table.verdict(at: 100)?.message.hasPrefix("watchdog: rank 1 on a: no progress for 40 s\n") ?? false)
    }

    /// It may be heartbeats alone that do not pass, and a run that goes on is not ended for them.
    func testARankThatWasNeverHeardOfIsSaidButDoesNotEndTheRun() {
        var begun = table([(.waiting, 7, 1), (.waiting, 7, 1), nil, (.recurrence, 7, 0)])
        XCTAssertNil(begun.change(at: 101.5, after: 2))
        for rank in [0, 1, 3] { begun.hear(Heartbeat(rank: rank, step: 7, phase: 0, idleSeconds: 0), at: 103) }
        XCTAssertEqual(begun.change(at: 103, after: 2), "rank 2 on b: nothing heard for more than 2 s (says rank 0 on a)")
        XCTAssertNil(begun.change(at: 104, after: 2))
        begun.hear(Heartbeat(rank: 2, step: 7, phase: 0, idleSeconds: 0), at: 104)
        XCTAssertEqual(begun.change(at: 104, after: 2), "rank 2 on b: heard again (says rank 0)")
        XCTAssertNil(table([(.waiting, 7, 1), (.waiting, 7, 1), nil, (.recurrence, 7, 0)]).verdict(at: 105))
        let message = table([(.waiting, 7, 31), (.waiting, 7, 31), nil, (.waiting, 7, 31)]).verdict(at: 101)?.message ?? ""
        XCTAssertTrue(message.contains("\n  rank 2 on b: never heard of\n"), message)
    }

    /// In large runs rank 0 alone is told by all.
    func testWhoDoesNotTellThisRankIsNotMissed() {
        var table = RankTable(hosts: hosts, own: 2, patience: 30, peers: [0])
        table.hear(Heartbeat(rank: 2, step: 7, phase: 0, idleSeconds: 0), at: 100)
        table.hear(Heartbeat(rank: 2, step: 7, phase: 0, idleSeconds: 0), at: 103)
        XCTAssertEqual(table.change(at: 103, after: 2), "rank 0 on a: nothing heard for more than 2 s (says rank 2 on b)")
    }

    func testAProcessThatWasStoppedItselfBlamesNobody() {
        var table = table([(.waiting, 7, 1), (.waiting, 7, 1), (.waiting, 7, 1), (.recurrence, 7, 0)])
        XCTAssertNotNil(table.verdict(at: 200))
        table.forgive(at: 200)
        XCTAssertNil(table.verdict(at: 201))
    }

    func testTheLowestRankThatIsHeardSpeaks() {
        let state: (StepPhase, step: Int, idle: Double)? = (.data, 7, 31)
        XCTAssertEqual(table(own: 1, [state, state, state, state]).verdict(at: 101)?.hasOtherSpeaker, true)
        XCTAssertEqual(table(own: 0, [state, state, state, state]).verdict(at: 101)?.hasOtherSpeaker, false)
        XCTAssertEqual(table(own: 1, [nil, state, state, state]).verdict(at: 101)?.hasOtherSpeaker, false)
        // Rank 0 is the silent one.
        var silent = table(own: 1, [state, state, state, state])
        for rank in 1..<4 {
            silent.hear(Heartbeat(rank: rank, step: 7, phase: StepPhase.waiting.rawValue, idleSeconds: 1), at: 140)
        }
        XCTAssertEqual(silent.verdict(at: 140)?.hasOtherSpeaker, false)
    }
}
