import Foundation
import TestSupport
import XCTest

/// Event files cost a run nothing: neither a bit nor its end.
final class TensorBoardRunTests: XCTestCase {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 100), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        return place
    }

    private let board = ["--set", "reporting={tensorboard: true, histograms_every_epochs: 1}"]

    func testAResumedRunWithEventFilesIsTheSameToTheBit() throws {
        let place = try place()
        let digest = try place.digest(afterTraining: ["words.yaml"], output: "plain")
        XCTAssertFalse(place.exists("plain/tensorboard"), "only where it is asked for")
        let short = ["train", "words.yaml", "--output", "run", "--set", "training.epochs=1"]
        let first = try place.run(short + board, ranks: 2)
        XCTAssertEqual(first.status, 0, first.standardError)
        let second = try place.run(["train", "words.yaml", "--output", "run", "--resume"] + board, ranks: 3)
        XCTAssertEqual(second.status, 0, second.standardError)
        XCTAssertEqual(try place.digest("run"), digest)
        let names = place.list("run/tensorboard")
        XCTAssertEqual(names.count, 2, "\(names)")
        for (name, epochs) in zip(names, [1, 1]) {
            let bytes = try place.read("run/tensorboard/\(name)")
            for tag in ["step/loss_nats", "validation/accuracy", "training/accuracy", "epoch/tokens_per_second"] {
                XCTAssertNotNil(bytes.range(of: Data(tag.utf8)), "\(name): \(tag)")
            }
            for tag in ["weights/embedding/weight", "gradients/layers/1/backward/input_weight"] {
                XCTAssertEqual(bytes.parts(Data(tag.utf8)), epochs, "\(name): \(tag)")
            }
        }
    }

    func testAFolderThatCannotBeWrittenIsAWarning() throws {
        let place = try place()
        let digest = try place.digest(afterTraining: ["words.yaml"], output: "plain")
        try place.write("", to: "run/tensorboard")
        let run = try place.run(["train", "words.yaml", "--output", "run"] + board)
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertEqual(
            run.standardOutput.split(separator: "\n").filter { $0.contains("warning") },
            ["warning: run/tensorboard: cannot be written: Not a directory; the run goes on without it"])
        XCTAssertEqual(try place.digest("run"), digest)
    }

    func testHistogramsWithoutEventFilesAreRefused() throws {
        let run = try place().run(["train", "words.yaml", "--set", "reporting.histograms_every_epochs=1"])
        XCTAssertEqual(run.status, 64)
        XCTAssertEqual(
            run.complaints,
            [
                "rnn-dist: error: --set reporting.histograms_every_epochs=1: reporting.histograms_every_epochs does "
                    + "not go with tensorboard: false, expected tensorboard: true"
            ])
    }
}

extension Data {
    /// How often the bytes occur.
    fileprivate func parts(_ bytes: Data) -> Int {
        var count = 0, rest = startIndex..<endIndex
        while let found = range(of: bytes, in: rest) {
            count += 1
            rest = found.upperBound..<endIndex
        }
        return count
    }
}
