import Foundation
import XCTest

/// Captions of HDF5 features, and names drawn for a label, from the command line.
final class CaptionRunTests: XCTestCase {
    func testFeaturesOfAnHDF5FileAreTrainedOnEvaluatedAndDescribed() throws {
        let place = try Workplace()
        try place.writePictures(count: 40)
        XCTAssertEqual(
            try place.run(["train", "pictures.yaml", "--output", "model", "--set", "training.epochs=1"]).status, 0)
        let evaluations = try [nil, 1, 3].map {
            try place.run(["evaluate", "model", "--data", "pictures.h5", "--json"], ranks: $0)
        }
        for run in evaluations {
            XCTAssertEqual(run.status, 0, run.standardError)
            XCTAssertEqual(run.standardOutput, evaluations[0].standardOutput)
        }
        let run = try place.run(["predict", "model", "--input", "pictures.h5", "--format", "jsonl"])
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertEqual(run.standardOutput.split(separator: "\n").count, 40)
    }

    func testAFileThatCannotBeReadIsOneMessageOnAnyNumberOfRanks() throws {
        let place = try Workplace()
        try place.writePictures(count: 40)
        let whole = try place.read("pictures.h5")
        for ranks in [nil, 3] {
            try place.write(whole, to: "pictures.h5")
            let missing = try place.run(
                ["train", "pictures.yaml", "--set", "data.datasets.texts=titles"], ranks: ranks)
            XCTAssertEqual(missing.status, 1)
            XCTAssertEqual(
                missing.complaints,
                [
                    "rnn-dist: error: pictures.h5: dataset 'titles' is missing, expected one of: captions, picture, test/images"
                ])
            try place.write("a table", to: "pictures.h5")
            let other = try place.run(["train", "pictures.yaml"], ranks: ranks)
            XCTAssertEqual(other.status, 1)
            XCTAssertEqual(other.complaints, ["rnn-dist: error: pictures.h5: is not an HDF5 file"])
        }
    }

    func testTheSameSeedDrawsTheSameNamesForALabel() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 100), to: "words.csv")
        let settings = ["task=caption", "model.layers=[{cell: gru, size: 9}]"]
        try place.write(
            SampleData.wordsConfiguration.replacingOccurrences(of: "tokens: words", with: "tokens: characters"),
            to: "names.yaml")
        let run = try place.run(["train", "names.yaml", "--output", "model"] + settings.flatMap { ["--set", $0] })
        XCTAssertEqual(run.status, 0, run.standardError)
        func generate(_ more: String...) throws -> String {
            let run = try place.run(["generate", "model", "--count", "3", "--length", "20"] + more)
            XCTAssertEqual(run.status, 0, run.standardError)
            return run.standardOutput
        }
        let drawn = try generate("--label", "sports", "--seed", "1", "--temperature", "0.8")
        XCTAssertEqual(drawn, try generate("--label", "sports", "--seed", "1", "--temperature", "0.8"))
        XCTAssertNotEqual(drawn, try generate("--label", "sports", "--seed", "2", "--temperature", "0.8"))
        XCTAssertEqual(drawn.split(separator: "\n", omittingEmptySubsequences: false).count, 4)
        XCTAssertTrue(
            try generate("--label", "world", "--prompt", "wo").split(separator: "\n").allSatisfy { $0.hasPrefix("wo") })
        let json = try generate("--label", "world", "--prompt", "wo", "--json").split(separator: "\n")
        XCTAssertTrue(
            json.allSatisfy { $0.hasPrefix(#"{"prompt": "wo", "text": ""#) && $0.hasSuffix(#""label": "world"}"#) },
            "\(json)")
    }

    func testTheReadingProcessIsNotShown() throws {
        let help = try Workplace().run(["--help"])
        XCTAssertTrue(help.standardOutput.contains("generate"))
        XCTAssertFalse(help.standardOutput.contains("read-hdf5"))
    }
}
