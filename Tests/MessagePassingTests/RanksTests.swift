import TestSupport
import XCTest

/// What holds for real ranks under mpirun; `tree-check` does the comparing, on every rank.
final class RanksTests: XCTestCase {
    private let rankCounts = [1, 2, 3, 4, 5, 8, 16]

    func testTreeSumsHaveTheSameBitsOnAnyNumberOfRanks() throws {
        for ranks in rankCounts {
            let run = try MPIRun("tree-check", ["sums"], ranks: ranks)
            XCTAssertEqual(run.standardOutput, "sums agree on \(ranks) ranks\n", run.standardError)
            XCTAssertEqual(run.status, 0, run.standardError)
        }
    }

    func testCollectivesGiveEveryRankTheSame() throws {
        for ranks in rankCounts {
            let run = try MPIRun("tree-check", ["collectives"], ranks: ranks)
            XCTAssertEqual(run.standardOutput, "collectives agree on \(ranks) ranks\n", run.standardError)
            XCTAssertEqual(run.status, 0, run.standardError)
        }
    }

    func testARunWithoutMpirunHasOneRank() throws {
        for check in ["sums", "collectives"] {
            let run = try MPIRun("tree-check", [check], ranks: nil)
            XCTAssertEqual(run.standardOutput, "\(check) agree on 1 ranks\n", run.standardError)
            XCTAssertEqual(run.status, 0, run.standardError)
        }
    }

    func testAnErrorOnOneRankEndsAllOfThem() throws {
        let run = try MPIRun("tree-check", ["fail"], ranks: 4, timeLimit: 60)
        XCTAssertEqual(run.status, 3)
        XCTAssertTrue(run.standardError.contains("rank 3: cannot go on\n"), run.standardError)
    }

    func testRanksOutOfStepAreTold() throws {
        let run = try MPIRun("tree-check", ["mismatch"], ranks: 2, timeLimit: 60)
        XCTAssertEqual(run.status, 3)
        // The rank that expected more counts; the one that expected less hears it from MPI.
        let told = run.standardError.contains("MPI: rank 1 sent 36 bytes, expected 40; the ranks are out of step\n")
            || run.standardError.contains("MPI: receiving from rank 0 failed (MPI_ERR_TRUNCATE: message truncated)\n")
        XCTAssertTrue(told, run.standardError)
    }

    func testMoreRanksThanShardsEndWithAMessage() throws {
        let run = try MPIRun("tree-check", ["shards"], ranks: 5, timeLimit: 60)
        XCTAssertEqual(run.status, 3)
        let message = "training.shards: 4 shards cannot be spread over 5 ranks, expected at least one shard per rank; "
            + "set training.shards to 8 or start at most 4 ranks\n"
        XCTAssertTrue(run.standardError.contains(message), run.standardError)
    }

    func testAMissingMpirunIsAFailureNotASkip() {
        XCTAssertThrowsError(try MPIRun.locate("mpirun", searchPath: "/nowhere:/proc")) {
            XCTAssertEqual(
                "\($0)",
                "mpirun: is not on PATH; install an MPI library, on Debian: apt-get install openmpi-bin")
        }
    }

    func testAMissingProgramIsAFailureNotASkip() {
        XCTAssertThrowsError(try MPIRun("no-such-program", ranks: 1)) {
            XCTAssertEqual(
                "\($0)", "no-such-program: is not built; name it among the dependencies of the test target")
        }
    }
}
