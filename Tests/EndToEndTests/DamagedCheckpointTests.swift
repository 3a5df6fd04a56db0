import Foundation
import TestSupport
import XCTest

/// A checkpoint that is missing, foreign or damaged is refused before anything depends on it.
final class DamagedCheckpointTests: XCTestCase {
    private func trained() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 100), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let run = try place.run(["train", "words.yaml", "--output", "run", "--set", "checkpoint.every_steps=4"])
        XCTAssertEqual(run.status, 0, run.standardError)
        return place
    }

    private let newest = "run/checkpoints/step-00000012.h5"

    private func assertRefused(_ place: Workplace, _ checkpoint: String, _ message: String, line: UInt = #line) throws {
        let uses = [
            (["predict", checkpoint, "x"], [nil]), (["digest", checkpoint], [nil]), (["summary", checkpoint], [nil]),
            (["evaluate", checkpoint], [nil, 3]), (["train", "--from", checkpoint, "--output", "other"], [nil, 3]),
        ]
        for (arguments, ranks) in uses {
            for count in ranks {
                let run = try place.run(arguments, ranks: count)
                XCTAssertEqual(
                    run.complaints, ["rnn-dist: error: \(message)"], "\(arguments[0]) at \(count ?? 0) ranks",
                    line: line)
                XCTAssertEqual(run.status, 1, line: line)
                XCTAssertFalse(place.exists("other"), line: line)
            }
        }
    }

    func testMissingAndForeignFilesAreToldApart() throws {
        let place = try trained()
        try assertRefused(
            place, "none.h5",
            "none.h5: does not exist, expected a checkpoint (.h5) or the folder of a run; there are: run")
        try place.write("hello\n", to: "text.h5")
        try assertRefused(place, "text.h5", "text.h5: is not an rnn-dist checkpoint: it is a file of another kind")
        // What follows the seal is an HDF5 file like any other.
        try place.write(try place.read(newest).dropFirst(512), to: "plain.h5")
        try assertRefused(
            place, "plain.h5",
            "plain.h5: is not an rnn-dist checkpoint: it is an HDF5 file of another program; rnn-dist import takes "
                + "weights of PyTorch and Keras")
    }

    func testTruncatedAndChangedFilesAreRefused() throws {
        let place = try trained()
        let bytes = try place.read(newest)
        try place.write(bytes.prefix(bytes.count - 7), to: "cut.h5")
        try assertRefused(
            place, "cut.h5",
            "cut.h5: is truncated: it has \(bytes.count - 7) bytes, expected \(bytes.count); use an older checkpoint")
        try place.write(bytes.prefix(100), to: "stub.h5")
        try assertRefused(
            place, "stub.h5", "stub.h5: is truncated: it has 100 bytes, expected more than 512; use an older checkpoint"
        )
        var flipped = bytes
        flipped[bytes.count / 2] ^= 4
        try place.write(flipped, to: "flipped.h5")
        try assertRefused(
            place, "flipped.h5",
            "flipped.h5: is damaged: the SHA-256 of its content is HASH, expected HASH; use an older checkpoint")
    }

    func testAPointerStandsForItsCheckpoint() throws {
        let place = try trained()
        XCTAssertEqual(try place.digest("run/checkpoints/latest"), try place.digest("run"))
    }

    func testResumeSkipsADamagedCheckpointAndSaysSo() throws {
        let place = try trained()
        let digest = try place.digest("run")
        var bytes = try place.read(newest)
        bytes[bytes.count - 1] ^= 1
        try place.write(bytes, to: newest)
        for (ranks, number) in [(3, 1), (nil, 2)] {
            try FileManager.default.copyItem(atPath: place.path + "/run", toPath: place.path + "/copy-\(number)")
            let run = try place.run(
                ["train", "words.yaml", "--output", "copy-\(number)", "--set", "checkpoint.every_steps=4", "--resume"],
                ranks: ranks)
            XCTAssertEqual(run.status, 0)
            XCTAssertEqual(
                run.complaints,
                [
                    "rnn-dist: warning: skipping copy-\(number)/checkpoints/step-00000012.h5: is damaged: "
                        + "the SHA-256 of its content is HASH, expected HASH; use an older checkpoint"
                ])
            XCTAssertTrue(
                run.standardOutput.contains("going on from copy-\(number)/checkpoints/step-00000008.h5\n"),
                run.standardOutput)
            XCTAssertEqual(try place.digest("copy-\(number)"), digest)
        }
    }

    func testAFolderWithoutGoodCheckpointsIsNotBegunAnew() throws {
        let place = try trained()
        let names = place.list("run/checkpoints").filter { $0.hasSuffix(".h5") }
        for name in names { try place.write("", to: "run/checkpoints/\(name)") }
        let metrics = try place.read("run/metrics.jsonl")
        for ranks in [nil, 2] {
            let run = try place.run(["train", "words.yaml", "--output", "run", "--resume"], ranks: ranks)
            XCTAssertEqual(run.status, 1)
            XCTAssertEqual(run.complaints.count, names.count + 1, run.standardError)
            XCTAssertEqual(
                run.complaints.last,
                "rnn-dist: error: run/checkpoints: of \(names.count) checkpoints none can be read, expected a good one to "
                    + "go on from; make one readable or restore one, or begin anew with another --output")
        }
        XCTAssertEqual(try place.read("run/metrics.jsonl"), metrics)
    }
}
