import Foundation
import Kernels
import Tasks
import Training
import XCTest

/// A signal asks for a stop. It is remembered for the life of a process, so it is sent in a child.
final class StopRequestTests: XCTestCase {
    private static let variable = "RNN_DIST_TEST_STOP_REQUEST"

    func testASignalStopsTheRunAtTheNextStepWithACheckpoint() throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        for number in [SIGUSR1, SIGUSR2] {
            let child = Process()
            child.executableURL = URL(fileURLWithPath: program)
            child.arguments = ["TrainingTests.StopRequestTests/testInAChild"]
            // What MPI has set in this process would make the child look for this one's ranks.
            var environment = ProcessInfo.processInfo.environment.filter {
                !$0.key.hasPrefix("PMIX_") && !$0.key.hasPrefix("OMPI_")
            }
            environment[Self.variable] = "\(number)"
            child.environment = environment
            let output = Pipe()
            child.standardOutput = output
            child.standardError = output
            try child.run()
            let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            child.waitUntilExit()
            XCTAssertEqual(child.terminationStatus, 0, said)
            XCTAssertTrue(said.contains("stopped after step 1"), said)
        }
    }

    /// Does nothing unless the test above has started it.
    func testInAChild() throws {
        guard let number = ProcessInfo.processInfo.environment[Self.variable].flatMap({ Int32($0) }) else { return }
        let fixture = try RunFixture(), team = ThreadTeam(count: 1), folder = RunFolder(fixture.configuration.output)
        try FileManager.default.createDirectory(atPath: folder.checkpoints.path, withIntermediateDirectories: true)
        let trainer = try Trainer(
            fixture.configuration,
            ClassificationTask.forTraining(fixture.configuration, team: team, artifacts: nil) { _ in }, from: nil,
            communicator: OneRank.communicator(), team: team, folder: folder, receipt: Checkpoint.Receipt(lines: []),
            maxMinutes: nil,
            observer: nil)
        XCTAssertFalse(StopRequest.isSignalled)
        StopRequest.listen()
        XCTAssertFalse(StopRequest.isSignalled)
        raise(number)
        XCTAssertTrue(StopRequest.isSignalled)
        let path = folder.checkpoints.path + "/step-00000001.h5"
        XCTAssertEqual(try trainer.run(), .stopped(checkpoint: path, reason: "a signal asked for it"))
        let stored = try StoredCheckpoint(path: path)
        print("stopped after step \(stored.step)")
    }
}
