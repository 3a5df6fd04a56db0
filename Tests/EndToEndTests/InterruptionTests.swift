import Foundation
import TestSupport
import XCTest

/// Kills, stops and restarts leave no trace in the answer.
final class InterruptionTests: XCTestCase {
    /// What is waited for before the ranks are killed.
    private enum Moment {
        /// So many lines of `metrics.jsonl` more than at the start.
        case lines(Int)
        /// A checkpoint is being written: its temporary file is there. Where that is too quick to be seen, a new
        /// checkpoint.
        case writing
    }

    func testKillsOfALSTMWithDeferredRowsLeaveNoTrace() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 900), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let settings = [
            "training.validate_every_steps=7", "training.schedule={name: plateau, every: 1, factor: 0.5}",
            "checkpoint.every_steps=3",
        ]
        try assertKillsLeaveNoTrace(
            place, ["words.yaml"] + settings.flatMap { ["--set", $0] },
            [(4, .lines(9)), (3, .writing), (1, .lines(2)), (8, .writing), (2, .lines(12)), (5, .writing)])
    }

    func testKillsLeaveNoTraceInAveragesWithEveryRegularizer() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 900), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let settings = SampleData.everyRegularizer + ["training.validate_every_steps=7", "checkpoint.every_steps=3"]
        try assertKillsLeaveNoTrace(
            place, ["words.yaml"] + settings.flatMap { ["--set", $0] },
            [(1, .lines(9)), (3, .writing), (2, .lines(30)), (8, .writing)])
    }

    func testKillsLeaveNoTraceInALanguageModelWithATiedOutputAndEveryRegularizer() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 900), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        let settings = SampleData.everyTextRegularizer + SampleData.tiedOutput + ["checkpoint.every_steps=9"]
        try assertKillsLeaveNoTrace(
            place, ["text.yaml"] + settings.flatMap { ["--set", $0] },
            [(1, .lines(30)), (3, .writing), (2, .lines(25))])
    }

    func testKillsOfABidirectionalGRUOnSurnamesLeaveNoTrace() throws {
        let place = try Workplace()
        let settings = [
            "training.epochs=2", "training.batch_size=96", "model.layers.0.size=24", "model.layers.1.size=24",
            "checkpoint.every_steps=2",
            "checkpoint.keep=2", "training.log_every_steps=1",
        ]
        let configuration = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Configs/surnames.yaml").standardized.path
        try assertKillsLeaveNoTrace(
            place, [configuration] + settings.flatMap { ["--set", $0] },
            [(1, .lines(5)), (4, .writing), (2, .lines(7)), (3, .lines(1)), (16, .writing)])
    }

    func testKillsOfALanguageModelInMidEpochLeaveNoTrace() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 900), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        try assertKillsLeaveNoTrace(
            place, ["text.yaml", "--set", "checkpoint.every_steps=9"],
            [(4, .lines(30)), (3, .writing), (1, .lines(20)), (8, .writing), (2, .lines(25))])
    }

    func testKillsOfALanguageModelWithWindowsOfRandomLengthsLeaveNoTrace() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 900), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        try assertKillsLeaveNoTrace(
            place, ["text.yaml", "--set", SampleData.randomTruncation, "--set", "checkpoint.every_steps=9"],
            [(4, .lines(30)), (1, .lines(20)), (8, .writing)])
    }

    func testKillsOfATranslationLeaveNoTrace() throws {
        let place = try Workplace()
        try place.writePairs(rows: 400)
        let settings = ["checkpoint.every_steps=5", "training.bleu=true"]
        try assertKillsLeaveNoTrace(
            place, ["pairs.yaml"] + settings.flatMap { ["--set", $0] },
            [(2, .lines(30)), (3, .writing), (1, .lines(40)), (8, .writing)],
            steps: 200)
    }

    func testKillsOfCaptionsLeaveNoTrace() throws {
        let place = try Workplace()
        try place.writePictures(count: 200)
        try assertKillsLeaveNoTrace(
            place, ["pictures.yaml", "--set", "checkpoint.every_steps=5"],
            [(1, .lines(30)), (4, .writing), (3, .lines(40))], steps: 200)
    }

    private func assertKillsLeaveNoTrace(
        _ place: Workplace, _ arguments: [String], _ kills: [(ranks: Int, Moment)], steps: Int = 1,
        file: StaticString = #filePath,
        line: UInt = #line
    ) throws {
        let undisturbed = try place.digest(afterTraining: arguments, output: "undisturbed")
        XCTAssertGreaterThanOrEqual(place.newestCheckpoint("undisturbed"), steps, file: file, line: line)
        for (number, (ranks, moment)) in kills.enumerated() {
            let before = try Progress(place, "killed")
            let run = try place.start(["train"] + arguments + ["--output", "killed", "--resume"], ranks: ranks)
            let came = try run.wait {
                guard let now = try? Progress(place, "killed") else { return false }
                switch moment {
                case .lines(let count): return now.lastStep >= before.resumedStep + count
                case .writing: return now.isWriting || now.newestCheckpoint > before.newestCheckpoint + 3
                }
            }
            run.kill()
            XCTAssertTrue(came, "the run of kill \(number) ended before it could be killed", file: file, line: line)
        }
        let last = try place.digest(afterTraining: arguments + ["--resume"], output: "killed", ranks: 3)
        XCTAssertEqual(last, undisturbed, file: file, line: line)
        XCTAssertEqual(
            try reported(place, "killed"), try reported(place, "undisturbed"), "metrics after kills", file: file,
            line: line)
    }

    /// What `metrics.jsonl` says of the ranks and their times.
    private static let ofRanks = [
        "seconds", "tokens_per_second", "bytes_sent_per_step", "slowest_rank", "computing_imbalance",
        "waited_for_slowest_seconds", "phase_seconds", "elapsed_seconds",
    ]

    /// Everything else it says about steps, validations and epochs.
    private func reported(_ place: Workplace, _ output: String) throws -> [String] {
        try place.metrics(output).filter { ["step", "validation", "epoch"].contains($0["event"] as? String) }.map {
            object in
            object.keys.sorted().filter { !Self.ofRanks.contains($0) }
                .map { "\($0) \(object[$0] ?? "")" }.joined(separator: " ")
        }
    }

    /// How far a run has come, seen from outside.
    private struct Progress {
        let newestCheckpoint: Int
        let lastStep: Int
        let isWriting: Bool
        /// Where a resumed run begins.
        var resumedStep: Int { newestCheckpoint }

        init(_ place: Workplace, _ output: String) throws {
            let files = place.list("\(output)/checkpoints")
            newestCheckpoint = place.newestCheckpoint(output)
            isWriting = files.contains { $0.hasSuffix(".partial") }
            lastStep = place.exists("\(output)/metrics.jsonl")
                ? try place.metrics(output).filter { $0["event"] as? String == "step" }.compactMap {
                    $0["step"] as? Int
                }.max() ?? 0 : 0
        }
    }
}
