import Foundation
import TestSupport
import XCTest

/// What a run writes down is what `report` and `status` tell of it.
final class ReportRunTests: XCTestCase {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 100), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        return place
    }

    func testARunOnThreeRanksTellsTheTimeOfEach() throws {
        let place = try place()
        let digest = try place.digest(afterTraining: ["words.yaml"], output: "run", ranks: 3)
        let metrics = try place.metrics("run")
        let start = try XCTUnwrap(metrics.first), epoch = try XCTUnwrap(metrics.last { $0["event"] as? String == "epoch" })
        XCTAssertEqual((start["configuration"] as? [String: String])?["model.layers.0.size"], "12")
        XCTAssertEqual(start["epochs"] as? Int, 2)
        let phases = try XCTUnwrap(epoch["phase_seconds"] as? [String: [Double]])
        XCTAssertTrue(phases.values.allSatisfy { $0.count == 3 })
        // The steps' time and no other: what is asked of a clock twice differs by little.
        let seconds = try XCTUnwrap(epoch["seconds"] as? Double)
        for rank in 0..<3 {
            let sum = phases.values.reduce(0) { $0 + $1[rank] }
            XCTAssertLessThan(sum, seconds * 1.5)
            XCTAssertGreaterThan(sum, seconds * 0.3)
        }
        let classes = try XCTUnwrap(metrics.last { $0["event"] as? String == "classes" })
        let cells = try XCTUnwrap(classes["confusions"] as? [[Int]])
        XCTAssertEqual(cells.reduce(0) { $0 + $1[2] }, 16, "each example of the validation data once")
        let end = try XCTUnwrap(metrics.last)
        XCTAssertEqual(end["outcome"] as? String, "completed")
        XCTAssertEqual(end["digest"] as? String, digest)

        let report = try place.run(["report", "run", "--output", "run.html"])
        XCTAssertEqual([report.standardOutput, report.standardError], ["run.html\n", ""])
        let html = String(decoding: try place.read("run.html"), as: UTF8.self)
        for text in [digest, "rank 2, forward", "3 ranks × ", "business", "checksum verified"] {
            XCTAssertTrue(html.contains(text), text)
        }
        let status = try place.run(["status", "run", "--watch", "--json"])
        let object = try XCTUnwrap(
            try JSONSerialization.jsonObject(with: Data(status.standardOutput.utf8)) as? [String: Any])
        XCTAssertEqual(object["state"] as? String, "completed")
        XCTAssertEqual(object["digest"] as? String, digest)
        XCTAssertEqual((object["checkpoint"] as? [String: Any])?["step"] as? Int, end["step"] as? Int)
        XCTAssertTrue(try place.run(["status", "run"]).standardOutput.hasPrefix("run: completed\nepoch 2/2  ━"))
    }

    func testADamagedCheckpointAndHalfALineAreRemarks() throws {
        let place = try place()
        _ = try place.digest(afterTraining: ["words.yaml"], output: "run")
        let newest = try XCTUnwrap(place.list("run/checkpoints").last { $0.hasPrefix("step-") })
        try place.write("nothing", to: "run/checkpoints/\(newest)")
        try place.write(try place.read("run/metrics.jsonl") + Data("{\"event\": \"st".utf8), to: "run/metrics.jsonl")
        let report = try place.run(["report", "run"])
        XCTAssertEqual(report.status, 0)
        XCTAssertEqual(report.complaints.count, 2, report.standardError)
        XCTAssertTrue(report.standardError.contains("1 line of metrics.jsonl cannot be read"), report.standardError)
        XCTAssertTrue(report.standardError.contains("A checkpoint is passed over: run/checkpoints/\(newest): "))
        let html = String(decoding: try place.read("report.html"), as: UTF8.self)
        XCTAssertTrue(html.contains("A checkpoint is passed over"))
        XCTAssertTrue(html.contains("its checksum verified"), "the one before")
    }

    func testWhatCannotBeReportedIsOneMessage() throws {
        let place = try place()
        XCTAssertEqual(
            try place.run(["report", "none"]).complaints,
            ["rnn-dist: error: none: there is no such folder, expected the folder of a run"])
        // A name that was mistyped must not make a report without the run.
        XCTAssertEqual(
            try place.run(["report", ".", "none"]).complaints.last,
            "rnn-dist: error: none: there is no such folder, expected the folder of a run")
        XCTAssertEqual(
            try place.run(["status", "words.csv"]).complaints,
            ["rnn-dist: error: words.csv: is a file, expected the folder of a run, which holds metrics.jsonl"])
        XCTAssertEqual(
            try place.run(["report", ".", "--output", "none/report.html"]).complaints,
            ["rnn-dist: error: none/report.html: cannot be written: No such file or directory; create the folder first"])
        XCTAssertEqual(try place.run(["report", "a", "a"]).status, 64)
        XCTAssertFalse(place.exists("report.html"))
    }
}
