import Foundation
import XCTest

/// Runs that keep their encoded data train what runs without do.
final class EncodedCacheRunTests: XCTestCase {
    private static let cache = ["--set", "data.cache=cache"]

    /// A place with a classification of words.
    private func words() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        return place
    }

    /// The digest of the training data in a run's receipt.
    private func receipt(_ place: Workplace, _ output: String) throws -> Substring {
        let checkpoint = try place.read("\(output)/checkpoints/step-" + String(
            "00000000\(place.newestCheckpoint(output))".suffix(8)) + ".h5")
        let text = String(decoding: checkpoint, as: UTF8.self)
        return try XCTUnwrap(text.firstMatch(of: /data: training SHA-256 [0-9a-f]{64}/)).output
    }

    func testRanksTrainTheSameWithAndWithoutAndWithTheCacheOfOthers() throws {
        for (data, configuration, name) in [
            (SampleData.words(rows: 300), SampleData.wordsConfiguration, "words.csv"),
            (SampleData.words(rows: 300), SampleData.textConfiguration, "text.txt"),
        ] {
            let place = try Workplace()
            try place.write(data, to: name)
            try place.write(configuration, to: "run.yaml")
            let plain = try place.digest(afterTraining: ["run.yaml"], output: "plain")
            for (ranks, output) in [(2, "kept"), (nil, "alone"), (2, "two"), (3, "three")] as [(Int?, String)] {
                let run = try place.run(["train", "run.yaml", "--output", output] + Self.cache, ranks: ranks)
                XCTAssertEqual(run.status, 0, run.standardError)
                let said = run.standardOutput.matches(of: /(?m)^encoded data .*$/).map(\.output)
                XCTAssertEqual(said.count, 1, output)
                XCTAssertEqual(said.first?.hasPrefix("encoded data \(output == "kept" ? "kept in" : "read from")"), true)
                XCTAssertEqual(try place.digest(output), plain, "\(name): \(output)")
                XCTAssertEqual(try receipt(place, output), try receipt(place, "plain"))
            }
            XCTAssertEqual(place.list("cache").count, 1)
        }
    }

    func testRunsAtOnceShareAFolder() throws {
        let place = try words()
        let runs = try (0..<3).map {
            try place.start(["train", "words.yaml", "--output", "run-\($0)"] + Self.cache, ranks: $0 == 0 ? 2 : nil)
        }
        for run in runs { XCTAssertEqual(try run.result(timeLimit: 120).status, 0) }
        let digests = try (0..<3).map { try place.digest("run-\($0)") }
        XCTAssertEqual(Set(digests).count, 1)
        XCTAssertEqual(place.list("cache").count, 1, "no temporary file is left")
    }

    func testAResumedRunMayBeginToKeepItsData() throws {
        let place = try words()
        let plain = try place.digest(afterTraining: ["words.yaml"], output: "plain")
        _ = try place.digest(afterTraining: ["words.yaml", "--set", "training.epochs=1"], output: "run")
        for _ in 0..<2 {
            let resumed = try place.digest(afterTraining: ["words.yaml", "--resume"] + Self.cache, output: "run")
            XCTAssertEqual(resumed, plain)
        }
    }

    func testDataFromAPipeIsReadOnceAndNotKept() throws {
        let place = try words()
        let plain = try place.digest(afterTraining: ["words.yaml"], output: "plain")
        let run = try place.run(
            sh: "mkfifo pipe.csv && { cat words.csv > pipe.csv & \"$0\" \"$@\"; }",
            ["train", "words.yaml", "--output", "piped", "--set", "data.train=pipe.csv"] + Self.cache)
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertTrue(
            run.standardOutput.contains(
                "warning: pipe.csv: is not a file, expected data that can be read twice: "
                    + "encoded data is neither read nor kept\n"), run.standardOutput)
        XCTAssertEqual(try place.digest("piped"), plain)
        XCTAssertFalse(place.exists("cache"))
    }

    /// A file that outgrows the limit on sizes is what a full disk is to a run.
    func testADiskWithoutRoomIsOneWarning() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 40_000), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        let run = try place.run(
            sh: "ulimit -f 1000; exec \"$0\" \"$@\"",
            ["train", "text.yaml", "--output", "run", "--max-minutes", "0.001"] + Self.cache)
        XCTAssertEqual(run.status, 75, run.standardError)
        XCTAssertNotNil(
            run.standardOutput.firstMatch(
                of: #/(?m)^warning: encoded data is not kept: cache/language_model-[0-9a-f]{32}\.h5: cannot be written: File too large; /#),
            run.standardOutput)
        XCTAssertEqual(place.list("cache"), [])
    }
}
