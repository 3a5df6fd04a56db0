import TestSupport
import XCTest

/// Replicas that differ are named by rank and by what differs; `drift-check` changes what one rank holds.
final class ReplicaDriftTests: XCTestCase {
    private func assertNamed(
        _ part: String, of rank: Int, ranks: Int, right: Int, in names: String, line: UInt = #line
    ) throws {
        let folder = try TemporaryFolder()
        let run = try MPIRun("drift-check", [part, "\(rank)", folder.path], ranks: ranks, timeLimit: 60)
        XCTAssertEqual(
            run.standardOutput,
            "rank \(rank) on HOST: after step 4 its state is no longer that of rank \(right), in \(names); go on from the "
                + "last checkpoint with --resume, without this host if it happens again\n", run.standardError, line: line)
    }

    func testADriftedWeightIsNamed() throws {
        try assertNamed("weights", of: 1, ranks: 2, right: 0, in: "weights/NAME")
        try assertNamed("weights", of: 2, ranks: 4, right: 0, in: "weights/NAME")
    }

    /// Of three ranks two are right, whichever they are.
    func testTheFirstRankIsNamedWhereTheOthersAgree() throws {
        try assertNamed("weights", of: 0, ranks: 3, right: 1, in: "weights/NAME")
    }

    func testADriftedMomentIsNamed() throws {
        try assertNamed("moments", of: 2, ranks: 3, right: 0, in: "optimizer/NAME/second")
    }

    func testADriftedPositionIsNamed() throws {
        try assertNamed("position", of: 1, ranks: 3, right: 0, in: "position")
    }
}
