import Foundation
import TestSupport
import XCTest

/// A run that does not go on ends, and says because of whom.
final class WatchdogTests: XCTestCase {
    func testARankThatIsStoppedIsNamedAndTheRunGoesOnFromItsCheckpoint() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 800), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let digest = try place.digest(afterTraining: ["words.yaml"], output: "undisturbed")
        for stopped in [0, 2] {
            let output = "stopped-\(stopped)"
            let run = try place.start(
                [
                    "train", "words.yaml", "--output", output, "--watchdog", "2", "--set", "checkpoint.every_steps=1",
                ], ranks: 3)
            XCTAssertTrue(try run.wait { place.newestCheckpoint(output) >= 3 })
            let process = try XCTUnwrap(run.ranks(of: "rnn-dist").first { rank(of: $0) == stopped })
            kill(process, SIGSTOP)
            let result = try run.result()
            XCTAssertEqual(result.status, 1, result.standardError)
            let speaker = stopped == 0 ? 1 : 0
            let host = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines)
            let complaint = result.complaints.first { $0.hasPrefix("rnn-dist: error: ") } ?? ""
            XCTAssertTrue(
                complaint.hasPrefix(
                    "rnn-dist: error: rank \(speaker): watchdog: rank \(stopped) on \(host): nothing heard for "),
                result.standardError)
            XCTAssertTrue(
                result.complaints.contains(
                    "rnn-dist: warning: rank \(stopped) on \(host): nothing heard for more than 1 s (says rank "
                        + "\(speaker) on \(host))"), result.standardError)
            for other in 0..<3 {
                XCTAssertTrue(result.standardError.contains("\n  rank \(other) on \(host): step "), result.standardError)
            }
            XCTAssertEqual(
                try place.digest(afterTraining: ["words.yaml", "--resume"], output: output, ranks: 2), digest)
        }
    }

    func testALaterStartTakesOverAndTheEarlierOneEnds() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 800), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let digest = try place.digest(afterTraining: ["words.yaml"], output: "undisturbed")
        let settings = ["words.yaml", "--output", "run", "--set", "checkpoint.every_steps=1"]
        let early = try place.start(["train"] + settings, ranks: 2)
        XCTAssertTrue(try early.wait { place.newestCheckpoint("run") >= 2 })
        for rank in early.ranks(of: "rnn-dist") { kill(rank, SIGSTOP) }
        XCTAssertEqual(try place.digest(afterTraining: ["words.yaml", "--resume"], output: "run", ranks: 3), digest)
        let metrics = try place.read("run/metrics.jsonl")
        for rank in early.ranks(of: "rnn-dist") { kill(rank, SIGCONT) }
        let result = try early.result()
        XCTAssertEqual(result.status, 1, result.standardError)
        XCTAssertTrue(
            result.standardError.contains("run: a later start of this run has taken over (host "), result.standardError)
        XCTAssertEqual(try place.read("run/metrics.jsonl").prefix(metrics.count), metrics)
        XCTAssertEqual(try place.digest("run"), digest)
    }

    /// The rank that a process of `mpirun` is.
    private func rank(of process: pid_t) -> Int? {
        guard let block = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/environ")) else { return nil }
        let name = "OMPI_COMM_WORLD_RANK="
        return block.split(separator: 0).lazy.map { String(decoding: $0, as: UTF8.self) }.first { $0.hasPrefix(name) }
            .flatMap { Int($0.dropFirst(name.count)) }
    }
}
