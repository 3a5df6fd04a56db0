import TestSupport
import XCTest

/// A run that no memory is large enough for is refused before it begins, and leaves nothing behind.
final class MemoryRefusalTests: XCTestCase {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(
            """
            task: memory
            data: {train: "builtin:copy", generated: {length: 1000, examples: 4096}}
            model: {input: {one_hot: true}, layers: [{cell: gru, size: 64}]}
            training: {batch_size: 2048, epochs: 1}

            """, to: "copy.yaml")
        return place
    }

    private let advice = "lower training.batch_size, training.truncation or the sizes in model.layers, start fewer "
        + "ranks on a host, or try it all the same with --no-memory-check"

    func testWhatULimitDoesNotGrant() throws {
        let place = try place()
        let limited = "ulimit -v 2000000; exec \"$0\" \"$@\""
        let run = try place.run(sh: limited, ["train", "copy.yaml", "--output", "run"])
        XCTAssertEqual(run.status, 1, run.standardError)
        XCTAssertEqual(run.complaints.count, 1, run.standardError)
        XCTAssertTrue(run.complaints[0].hasPrefix("rnn-dist: error: memory of "), run.standardError)
        XCTAssertTrue(run.complaints[0].hasSuffix(" GiB, which ulimit -v leaves; \(advice)"), run.standardError)
        XCTAssertFalse(place.exists("run"))
        let small = ["--set", "training.batch_size=16", "--set", "data.generated={length: 10, examples: 64}"]
        let fitting = try place.run(sh: limited, ["train", "copy.yaml", "--output", "run"] + small)
        XCTAssertEqual(fitting.status, 0, fitting.standardError)
        XCTAssertGreaterThan(try place.metrics("run").first?["memory_estimate_bytes"] as? Int ?? 0, 1 << 20)
    }

    func testWhatTheHostDoesNotHave() throws {
        let place = try place()
        for ranks in [nil, 2] {
            let run = try place.run(
                [
                    "train", "copy.yaml", "--output", "run", "--set", "training.batch_size=500000", "--set",
                    "data.generated={length: 30000, examples: 500000}",
                ], ranks: ranks)
            XCTAssertEqual(run.status, 1, run.standardError)
            XCTAssertEqual(run.complaints.count, 1, run.standardError)
            XCTAssertTrue(run.complaints[0].contains("memory of "), run.standardError)
            XCTAssertTrue(run.complaints[0].hasSuffix("; \(advice)"), run.standardError)
            XCTAssertFalse(place.exists("run"))
        }
    }

    func testAModelThatNoHostHasMemoryForIsRefusedBeforeItsWeightsTakeAny() throws {
        let place = try place()
        for (command, ranks) in [(["train", "copy.yaml", "--output", "run"], nil), (["train", "copy.yaml"], 2),
            (["summary", "copy.yaml"], nil), (["bench", "--config", "copy.yaml"], nil)] as [([String], Int?)]
        {
            for layers in ["[{cell: lstm, size: 900000}]", "[{cell: elman, size: 8}, {cell: gru, size: 900000}]"] {
                let run = try place.run(command + ["--set", "model.layers=\(layers)"], ranks: ranks)
                XCTAssertEqual(run.status, 1, run.standardError)
                let complaints = run.complaints.filter { !$0.hasSuffix("…") }
                XCTAssertEqual(complaints.count, 1, run.standardError)
                XCTAssertNotNil(
                    complaints.first?.firstMatch(
                        of: #/^rnn-dist: error: configuration: it asks for \d{13} numbers, expected at most \d+, for /#),
                    run.standardError)
                XCTAssertTrue(complaints[0].contains("; choose a smaller model (model.layers"), run.standardError)
                XCTAssertFalse(place.exists("run"))
            }
        }
    }
}
