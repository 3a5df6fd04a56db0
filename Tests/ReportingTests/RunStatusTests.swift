import Diagnostics
import Foundation
import Reporting
import XCTest

final class RunStatusTests: XCTestCase {
    private let now = Date(timeIntervalSince1970: 1_000_000)

    private static let start = """
        {"event": "start", "step": 0, "ranks": 1, "threads": 1, "loss": "loss_nats", "epochs": 4, "steps_per_epoch": 10, \
        "elapsed_seconds": 2.0}

        """
    private static func step(_ step: Int, at elapsed: Double) -> String {
        "{\"event\": \"step\", \"epoch\": \((step + 9) / 10), \"step\": \(step), \"loss_nats\": \(10.0 / Double(step)), "
            + "\"gradient_norm\": 0.5, \"learning_rate\": 0.01, \"tokens_per_second\": 1200.0, \"elapsed_seconds\": \(elapsed)}\n"
    }
    private static let epoch = """
        {"event": "epoch", "epoch": 1, "step": 10, "training_loss_nats": 2, "validation_loss_nats": 1.5, \
        "validation_accuracy": 0.5, "elapsed_seconds": 12.0}

        """

    private func status(_ log: String, age: Double = 1) -> RunStatus {
        var record = RunRecord(of: "runs/a")
        record.read(Array(log.utf8))
        record.written = now - age
        return RunStatus(record, now: now)
    }

    /// A log may have been changed by anybody.
    func testTimesThatCannotBeAreShownAllTheSame() {
        let log = Self.start + Self.step(5, at: 1e300) + Self.step(10, at: 0)
        let status = status(log, age: 1e7)
        XCTAssertFalse(status.text(columns: 80, checkpoint: nil).isEmpty)
        let back = self.status(Self.start + Self.step(5, at: 1) + Self.step(10, at: 0.5), age: 100)
        XCTAssertEqual(back.usualSilence, 0)
        XCTAssertFalse(back.text(columns: 80, checkpoint: nil).isEmpty)
    }

    func testARunThatGoesOnTellsHowFarItIsAndHowLongItTakes() {
        let log = Self.start + Self.step(5, at: 7) + Self.step(10, at: 12) + Self.epoch + Self.step(15, at: 17)
        let status = status(log)
        XCTAssertEqual(status.life, .running)
        XCTAssertEqual(status.epochsDone, 1.5)
        XCTAssertEqual(status.usualSilence, 5)
        // Half an epoch takes 5 s; 2.5 epochs are left, and 1 s is gone.
        XCTAssertEqual(try XCTUnwrap(status.progress.secondsLeft), 24, accuracy: 1e-9)
        XCTAssertEqual(
            status.text(columns: 80, checkpoint: nil),
            """
            runs/a: running, last heard of 1 s ago
            epoch 2/4  ━━━━━━━━━━━───────────   5/10  1.20k tokens/s  loss 0.6667  24 s left
            loss by step 2.000 … 0.6667
            gradient norm 0.5000, learning rate 0.01000
            epoch 1, validation: loss (nats) 1.500, accuracy 50.0 %
            no checkpoint yet

            """.replacingOccurrences(of: "…", with: "█▃▁"))
    }

    func testSilenceIsToldByWhatIsUsual() {
        let often = Self.start + (1...9).map { Self.step($0, at: 2 + Double($0)) }.joined()
        XCTAssertEqual(status(often, age: 29).life, .running)
        XCTAssertEqual(status(often, age: 31).life, .silent)
        XCTAssertEqual(
            status(often, age: 65).sentence,
            "killed, stuck or cut off: no line for 1 min 05 s (before, at most 1 s between two)")
        XCTAssertEqual(
            status("{\"event\": \"start\", \"step\": 0}\n", age: 700).sentence,
            "over, killed or stuck: no line for 11 min 40 s", "as older programs wrote it")
        let seldom = Self.start + Self.step(5, at: 202) + Self.step(9, at: 402)
        XCTAssertEqual(status(seldom, age: 500).life, .running)
        XCTAssertEqual(status(seldom, age: 601).life, .silent)
        XCTAssertEqual(status(Self.start, age: 500).life, .running, "nothing is usual yet")
        XCTAssertEqual(status(Self.start, age: -100).age, 0, "clocks differ")
    }

    func testTheEndIsTold() {
        let ends: [(String, RunStatus.Life, String)] = [
            (#""outcome": "completed", "digest": "ab", "best_step": 40"#, .completed, "completed"),
            (#""outcome": "stopped", "reason": "the time is up""#, .stopped, "stopped, since the time is up"),
            (#""outcome": "failed", "reason": "disk full""#, .failed, "failed: disk full"),
        ]
        for (facts, life, sentence) in ends {
            let log = Self.start + Self.step(40, at: 42) + "{\"event\": \"end\", \"step\": 40, \(facts)}\n"
            XCTAssertEqual(status(log, age: 1e6).life, life)
            XCTAssertEqual(status(log).sentence, sentence)
            XCTAssertTrue(status(log).isOver)
            XCTAssertNil(status(log).progress.secondsLeft)
            // Somebody has gone on with it.
            XCTAssertEqual(status(log + Self.start.replacingOccurrences(of: "\"step\": 0", with: "\"step\": 40")).life, .running)
        }
    }

    func testAResumedRunKeepsThePaceOfItsOwnStart() {
        let log = Self.start + Self.step(5, at: 1000) + Self.epoch
            + Self.start.replacingOccurrences(of: "\"step\": 0", with: "\"step\": 10") + Self.step(20, at: 7)
        let status = status(log, age: 0)
        XCTAssertEqual(try XCTUnwrap(status.progress.secondsLeft), 10, accuracy: 1e-9)
        XCTAssertEqual(status.usualSilence, 5)
    }

    func testTheObjectForProgramsHasEveryKeyAlways() {
        let empty = status("").json(checkpoint: nil)
        let full = status(Self.start + Self.step(5, at: 7)).json(checkpoint: nil)
        XCTAssertEqual(empty.members.map(\.key), full.members.map(\.key))
        XCTAssertEqual(
            full.text,
            """
            {"run": "runs/a", "state": "running", "reason": null, "age_seconds": 1.0, "usual_silence_seconds": 5.0, \
            "step": 5, "epochs_done": 0.5, "epochs": 4, "seconds_left": 34.0, "loss_nats": 2.0, "gradient_norm": 0.5, \
            "learning_rate": 0.01, "tokens_per_second": 1200.0, "steps_left_out": 0, "checkpoint": null, "digest": null}
            """)
    }

    func testATextNeverMovesTheCursorNorFillsMoreThanALine() {
        var record = RunRecord(of: "runs/\u{1B}[2J")
        record.read(Array((Self.start + "{\"event\": \"end\", \"outcome\": \"failed\", \"reason\": \"a\\u001b[1Ab\\n\"}").utf8))
        record.written = now
        let status = RunStatus(record, now: now)
        for columns in [1, 10, 40, 200] {
            let text = status.text(columns: columns, checkpoint: nil)
            XCTAssertFalse(text.contains("\u{1B}"))
            for line in text.split(separator: "\n") { XCTAssertLessThanOrEqual(line.unicodeScalars.count, columns) }
        }
    }

    func testWhatIsNoRunIsSaid() throws {
        let folder = NSTemporaryDirectory() + "status-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "x".write(toFile: folder + "/file", atomically: false, encoding: .utf8)
        func message(_ path: String) -> String {
            do { return "\(try RunRecord(folder: path).starts.count)" } catch { return "\(error)" }
        }
        XCTAssertEqual(
            message(folder + "/none"), "\(folder)/none: there is no such folder, expected the folder of a run")
        XCTAssertEqual(
            message(folder + "/file"),
            "\(folder)/file: is a file, expected the folder of a run, which holds metrics.jsonl")
        XCTAssertEqual(
            message(folder + "/"),
            "\(folder): this folder holds no metrics.jsonl, expected the folder of a run; training writes one to its "
                + "'output'; a run that reads its data has none yet, and imported weights have none")
        try FileManager.default.createDirectory(atPath: folder + "/b", withIntermediateDirectories: true)
        try "".write(toFile: folder + "/b/metrics.jsonl", atomically: false, encoding: .utf8)
        XCTAssertEqual(
            message(folder),
            "\(folder): this folder holds no metrics.jsonl, expected the folder of a run; it holds runs; name one, such "
                + "as \(folder)/b")
        // A pipe would be waited for.
        XCTAssertEqual(mkfifo(folder + "/metrics.jsonl", 0o600), 0)
        XCTAssertEqual(message(folder), "\(folder)/metrics.jsonl: is not a file, expected a small file")
    }
}
