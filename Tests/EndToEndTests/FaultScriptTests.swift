import Foundation
import TestSupport
import XCTest

/// The scripts of `Tests/Faults`, a few rounds of those that need no more than mpirun.
final class FaultScriptTests: XCTestCase {
    func testKilledRunsEndWithTheDigestOfTheUndisturbedRun() throws {
        try assertAllRounds("kills", 4, "killed runs end with the digest of the undisturbed run")
    }

    func testStoppedRunsExitWith75AndEndWithTheDigestOfTheUndisturbedRun() throws {
        try assertAllRounds(
            "stops", 4,
            "stopped runs exit with 75 and a checkpoint, and end with the digest of the undisturbed run")
    }

    func testRunsWhoseWritingFailsLoseNothing() throws {
        try assertAllRounds(
            "writes", 30,
            "runs whose writing failed lost nothing and end with the digest of the undisturbed run")
    }

    private func assertAllRounds(_ name: String, _ count: Int, _ what: String, line: UInt = #line) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Faults/\(name)").standardized.path
        let run = try RunningProgram(
            [script, "--local", "\(count)", "1"], environment: ["RNN_DIST": MPIRun.builtProduct("rnn-dist")]
        ).result(timeLimit: 240)
        XCTAssertEqual(run.standardError, "", line: line)
        XCTAssertEqual(run.status, 0, line: line)
        XCTAssertTrue(run.standardOutput.hasSuffix("\(count) of \(count) \(what)\n"), run.standardOutput, line: line)
    }
}
