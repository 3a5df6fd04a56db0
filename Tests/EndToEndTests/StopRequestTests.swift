import Foundation
import TestSupport
import XCTest

/// A run that is asked to stop leaves a checkpoint, says so with its exit status, and goes on to the same answer.
final class StopRequestTests: XCTestCase {
    private func place() throws -> (Workplace, digest: String) {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 800), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        return (place, try place.digest(afterTraining: ["words.yaml"], output: "undisturbed"))
    }

    func testUSR1AtMPIRunStopsAllRanksWithACheckpoint() throws {
        try assertStops(ranks: 3) { $0.send(SIGUSR1) }
    }

    func testUSR1AtOneRankStopsAllRanksWithACheckpoint() throws {
        try assertStops(ranks: 3) { run in
            XCTAssertEqual(run.ranks(of: "rnn-dist").count, 3)
            if let last = run.ranks(of: "rnn-dist").last { kill(last, SIGUSR1) }
        }
    }

    func testUSR1AtEveryProcessStopsLikeOne() throws {
        try assertStops(ranks: 2) { run in
            for rank in run.ranks(of: "rnn-dist") { kill(rank, SIGUSR1) }
            run.send(SIGUSR1)
        }
    }

    func testUSR1StopsARunWithoutMPIRun() throws {
        try assertStops(ranks: nil) { $0.send(SIGUSR1) }
    }

    func testASecondUSR1EndsARunThatCannotStop() throws {
        let (place, digest) = try place()
        let run = try place.start(
            ["train", "words.yaml", "--output", "hung", "--set", "checkpoint.every_steps=1"], ranks: 2)
        XCTAssertTrue(try run.wait { place.list("hung/checkpoints").contains { $0.hasPrefix("step-") } })
        let ranks = run.ranks(of: "rnn-dist")
        XCTAssertEqual(ranks.count, 2)
        // The other waits for it, and comes to no step at which it could stop.
        if let stopped = ranks.last { kill(stopped, SIGSTOP) }
        _ = try run.wait {
            if let other = ranks.first { kill(other, SIGUSR1) }
            return false
        }
        XCTAssertEqual(try run.result().status, 138)
        XCTAssertEqual(
            try place.digest(afterTraining: ["words.yaml", "--resume"], output: "hung", ranks: 3), digest)
    }

    func testTermAndInterruptAskForACheckpointToo() throws {
        try assertStops(ranks: nil) { $0.send(SIGTERM) }
        try assertStops(ranks: nil) { $0.send(SIGINT) }
        try assertStops(ranks: nil) { run in
            run.send(SIGHUP)
            run.send(SIGHUP)
        }
    }

    private func assertStops(ranks: Int?, _ signal: (RunningProgram) -> Void, line: UInt = #line) throws {
        let (place, digest) = try place()
        // A checkpoint a step, so that the signal comes before the run is done.
        let run = try place.start(
            ["train", "words.yaml", "--output", "stopped", "--set", "checkpoint.every_steps=1"], ranks: ranks)
        let came = try run.wait {
            ((try? place.metrics("stopped")) ?? []).contains {
                $0["event"] as? String == "step" && ($0["step"] as? Int ?? 0) >= 3
            }
        }
        XCTAssertTrue(came, line: line)
        signal(run)
        let result = try run.result()
        XCTAssertEqual(result.status, 75, line: line)
        XCTAssertEqual(result.complaints, [], line: line)
        XCTAssertTrue(
            result.standardOutput.contains(
                "stopped, since a signal asked for it; go on with --resume (stopped/checkpoints"),
            result.standardOutput, line: line)
        XCTAssertEqual(
            try place.digest(afterTraining: ["words.yaml", "--resume"], output: "stopped", ranks: 2), digest, line: line
        )
    }

    func testTheTimeLimitStopsWithACheckpointEachTime() throws {
        let (place, digest) = try place()
        for ranks in [1, 3] {
            let run = try place.run(
                ["train", "words.yaml", "--output", "limited", "--resume", "--max-minutes", "1e-9"], ranks: ranks)
            XCTAssertEqual(run.status, 75, run.standardError)
            XCTAssertTrue(run.standardOutput.contains("stopped, since the time is up"), run.standardOutput)
        }
        XCTAssertEqual(place.list("limited/checkpoints"), ["latest", "step-00000001.h5", "step-00000002.h5"])
        XCTAssertEqual(try place.digest(afterTraining: ["words.yaml", "--resume"], output: "limited", ranks: 2), digest)
    }

    func testACheckpointGoesOnInAnotherFolderToTheSameAnswer() throws {
        let (place, digest) = try place()
        let stopped = try place.run(["train", "words.yaml", "--output", "first", "--max-minutes", "1e-9"], ranks: 2)
        XCTAssertEqual(stopped.status, 75)
        let checkpoint = "first/checkpoints/step-00000001.h5"
        XCTAssertEqual(try place.digest(afterTraining: ["--from", checkpoint], output: "second", ranks: 3), digest)
        XCTAssertEqual(try place.digest(afterTraining: ["words.yaml", "--from", checkpoint], output: "third"), digest)
        XCTAssertEqual(
            place.list("first/checkpoints"), ["latest", "step-00000001.h5"], "the first run's folder is left alone")
    }

    func testResumingAFinishedRunChangesNothing() throws {
        let (place, digest) = try place()
        let before = place.list("undisturbed/checkpoints")
        XCTAssertEqual(
            try place.digest(afterTraining: ["words.yaml", "--resume"], output: "undisturbed", ranks: 2), digest)
        XCTAssertEqual(place.list("undisturbed/checkpoints"), before)
    }

    func testARankThatIsKilledEndsTheRunAndLeavesItsCheckpoints() throws {
        let (place, digest) = try place()
        let arguments = ["words.yaml", "--set", "checkpoint.every_steps=3"]
        let run = try place.start(["train"] + arguments + ["--output", "broken"], ranks: 4)
        XCTAssertTrue(try run.wait { place.list("broken/checkpoints").contains { $0.hasPrefix("step-") } })
        if let victim = run.ranks(of: "rnn-dist").dropFirst().first { kill(victim, SIGKILL) }
        let result = try run.result(timeLimit: 30)
        XCTAssertNotEqual(result.status, 0)
        XCTAssertEqual(try place.digest(afterTraining: arguments + ["--resume"], output: "broken", ranks: 3), digest)
    }
}
