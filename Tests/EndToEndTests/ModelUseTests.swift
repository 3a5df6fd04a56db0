import Foundation
import HDF5
import TestSupport
import XCTest

/// A checkpoint alone is enough to evaluate, predict and describe a model.
final class ModelUseTests: XCTestCase {
    private func trained(_ more: [String] = []) throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let run = try place.run(["train", "words.yaml", "--output", "model"] + more)
        XCTAssertEqual(run.status, 0, run.standardError)
        return place
    }

    func testEvaluateRepeatsTheLastEpochsNumbersOnAnyNumberOfRanks() throws {
        let place = try trained()
        let epoch = try XCTUnwrap(try place.metrics("model").last { $0["event"] as? String == "epoch" })
        for ranks in [nil, 1, 3] {
            let run = try place.run(["evaluate", "model", "--json"], ranks: ranks)
            XCTAssertEqual(run.status, 0, run.standardError)
            let object = try XCTUnwrap(
                try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
            for name in ["loss_nats", "accuracy", "macro_f1"] {
                XCTAssertEqual(object[name] as? Double, epoch["validation_\(name)"] as? Double, name)
            }
            XCTAssertEqual(object["checkpoint"] as? String, "model/checkpoints/step-00000032.h5")
            let matrix = try XCTUnwrap(object["confusion_matrix"] as? [[Int]])
            XCTAssertEqual(matrix.count, 4)
            XCTAssertEqual(matrix.joined().reduce(0, +), object["examples"] as? Int)
        }
    }

    func testEvaluateMeasuresOtherDataInTablesAndPictures() throws {
        let place = try trained()
        try place.write(SampleData.words(rows: 100), to: "other.csv")
        let run = try place.run(["evaluate", "model", "--data", "other.csv", "--picture", "matrix.svg"], ranks: 2)
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertTrue(run.standardOutput.hasPrefix("loss_nats "), run.standardOutput)
        XCTAssertTrue(run.standardOutput.contains("sports"), run.standardOutput)
        XCTAssertTrue(String(decoding: try place.read("matrix.svg"), as: UTF8.self).contains("</svg>"))
    }

    func testTheDataIsNotNeededToPredict() throws {
        let place = try trained()
        try FileManager.default.removeItem(atPath: place.path + "/words.csv")
        try FileManager.default.removeItem(atPath: place.path + "/words.yaml")
        let run = try place.run(["predict", "model", "topic2x1 topic2x3", "topic0x1", ""])
        XCTAssertEqual(run.status, 0, run.standardError)
        let lines = run.standardOutput.split(separator: "\n").map(String.init)
        XCTAssertEqual(lines.count, 3)
        XCTAssertTrue(lines[0].hasPrefix("topic2x1 topic2x3\t"), lines[0])
        XCTAssertEqual(
            run.complaints, ["rnn-dist: note: argument:3: the text has no tokens: it is read as the unknown token"])
        let lost = try place.run(sh: #"exec "$0" "$@" > /dev/full"#, ["predict", "model", "topic2x1"])
        XCTAssertEqual(
            lost.complaints, ["rnn-dist: error: standard output: cannot be written: No space left on device"])
        XCTAssertEqual(lost.status, 1)
    }

    func testPredictReadsArgumentsFilesStandardInputAndGzipAlike() throws {
        let place = try trained()
        let texts = ["topic2x1 word3", "", "word1 word1 topic3x2", "ünknown tab"]
        let fromArguments = try place.run(["predict", "model", "--format", "jsonl", "--top-k", "2"] + texts)
        XCTAssertEqual(fromArguments.status, 0, fromArguments.standardError)
        try place.write(texts.joined(separator: "\n") + "\n", to: "texts.txt")
        try gzip(place, "texts.txt")
        let others = [
            try place.run(["predict", "model", "--format", "jsonl", "--top-k", "2", "--input", "texts.txt"]),
            try place.run(["predict", "model", "--format", "jsonl", "--top-k", "2", "--input", "texts.txt.gz"]),
            try place.run(
                ["predict", "model", "--format", "jsonl", "--top-k", "2", "--input", "-"],
                standardInput: texts.joined(separator: "\r\n")),
        ]
        for other in others {
            XCTAssertEqual(other.status, 0, other.standardError)
            XCTAssertEqual(other.standardOutput, fromArguments.standardOutput)
        }
    }

    func testProbabilitiesFallAndSumToAtMostOne() throws {
        let place = try trained()
        for (count, expected) in [(1, 1), (3, 3), (9, 4)] {
            let run = try place.run([
                "predict", "model", "--format", "jsonl", "--top-k", "\(count)", "topic1x1", "word2",
            ])
            for line in run.standardOutput.split(separator: "\n") {
                let object = try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let predictions = try XCTUnwrap(object["predictions"] as? [[String: Any]])
                let probabilities = predictions.compactMap { $0["probability"] as? Double }
                XCTAssertEqual(probabilities.count, expected)
                XCTAssertEqual(probabilities, probabilities.sorted(by: >))
                XCTAssertLessThanOrEqual(probabilities.reduce(0, +), 1 + 1e-6)
                if expected == 4 { XCTAssertEqual(probabilities.reduce(0, +), 1, accuracy: 1e-6) }
            }
        }
    }

    func testTablesOfPredictionsKeepTheirColumns() throws {
        let place = try trained()
        let run = try place.run(["predict", "model", "--format", "tsv", "--top-k", "9", "a\tb", "two\nlines"])
        let rows = run.standardOutput.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
        XCTAssertEqual(rows.count, 3)
        XCTAssertEqual(rows.map(\.count), [9, 9, 9])
        XCTAssertEqual(
            rows[0].joined(separator: " "),
            "label_1 probability_1 label_2 probability_2 label_3 probability_3 label_4 probability_4 text")
        XCTAssertEqual(rows[1].last, "a b")
        XCTAssertEqual(rows[2].last, "two lines")
    }

    func testPredictionsAreWrittenToHDF5AsTheTableHasThem() throws {
        let place = try trained(), texts = ["topic1x2 word3", "word1"]
        let table = try place.run(["predict", "model", "--format", "tsv"] + texts)
        let run = try place.run(["predict", "model", "--output", "predictions.h5"] + texts)
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertEqual(run.standardOutput, "wrote predictions.h5\n")
        let rows = table.standardOutput.split(separator: "\n").dropFirst().map { $0.split(separator: "\t").map(String.init) }
        let file = try HDF5File(
            image: FileBytes(copying: Array(place.read("predictions.h5")), for: "predictions.h5"), subject: "predictions.h5")
        XCTAssertEqual(try file.texts("text"), texts)
        XCTAssertEqual(try file.texts("label_1"), rows.map { $0[0] })
        XCTAssertEqual(try file.read("probability_1", as: Double.self), rows.compactMap { Double($0[1]) })
        XCTAssertEqual(try place.run(["predict", "model", "--output", "predictions.h5"] + texts).status, 0, "its own")
        try place.write("somebody's data", to: "data.h5")
        XCTAssertEqual(
            try place.run(["predict", "model", "--output", "data.h5", "word1"]).complaints,
            [
                "rnn-dist: error: data.h5: is there already, and is not a file of predictions of rnn-dist's, expected no "
                    + "such file, or an earlier one to replace; choose another name, or move it away"
            ])
        XCTAssertEqual(try place.read("data.h5"), Data("somebody's data".utf8))
        let refused = try place.run(["predict", "model", "--output", "predictions.csv", "word1"])
        XCTAssertEqual(refused.status, 64)
        XCTAssertTrue(
            refused.standardError.contains(
                "--output is predictions.csv, expected a name that ends in .h5; --format jsonl prints JSON"),
            refused.standardError)
        for command in [["predict", "model", "--picture", "p.png", "word1"], ["evaluate", "model", "--picture", "p.png"]] {
            let drawn = try place.run(command)
            XCTAssertEqual(drawn.status, 64)
            XCTAssertTrue(
                drawn.standardError.contains("--picture is p.png, expected a name that ends in .svg"), drawn.standardError)
        }
    }

    func testARunThatBeganFromAnotherIsVerifiedFromItsOwnCheckpoints() throws {
        let place = try trained()
        let refused = try place.run(["train", "--from", "model", "--output", "none"])
        XCTAssertEqual(refused.status, 64, refused.standardError)
        XCTAssertEqual(
            refused.complaints,
            [
                "rnn-dist: error: --from model/checkpoints/step-00000032.h5: no step is left: all of 2 epochs are made, "
                    + "expected a checkpoint to train on from; to go on: --set training.epochs=4 makes as many again"
            ])
        XCTAssertFalse(place.exists("none"))
        let on = try place.run(["train", "--from", "model", "--output", "on", "--set", "training.epochs=4"])
        XCTAssertEqual(on.status, 0, on.standardError)
        let verified = try place.run(["verify", "on", "--steps", "1000"])
        XCTAssertEqual(verified.status, 0, verified.standardOutput + verified.standardError)
        XCTAssertTrue(verified.standardOutput.contains("16 steps from step 48 to step 64"), verified.standardOutput)
    }

    /// The end of a line is the byte 10, also where a text ends and before it begins.
    func testAModelOfBytesKnowsWhereALineEnds() throws {
        let place = try Workplace()
        try place.write(String(repeating: "ab\n", count: 200), to: "lines.txt")
        try place.write(
            """
            task: language_model
            data: {train: lines.txt, tokens: bytes, lines: true, validation_fraction: 0}
            model: {input: {embedding: 8}, layers: [{cell: gru, size: 16}]}
            training: {batch_size: 10, epochs: 5, optimizer: {name: adam, learning_rate: 0.02}}
            """, to: "bytes.yaml")
        XCTAssertEqual(try place.run(["train", "bytes.yaml", "--output", "bytes"]).status, 0)
        let drawn = try place.run(["generate", "bytes", "--temperature", "0", "--length", "20"])
        XCTAssertEqual(drawn.standardOutput.trimmingCharacters(in: .newlines), "ab", drawn.standardError)
        let line = try place.run(["predict", "bytes", "ab", "--format", "tsv"]).standardOutput.split(separator: "\n")[1]
        let loss = try XCTUnwrap(Double(line.split(separator: "\t")[0]))
        XCTAssertLessThan(loss, 0.2, "\(line)")
    }

    func testNumbersArePredictedFromLines() throws {
        let place = try Workplace()
        try place.write(SampleData.waves(rows: 120), to: "waves.txt")
        try place.write(SampleData.wavesConfiguration, to: "waves.yaml")
        XCTAssertEqual(try place.run(["train", "waves.yaml", "--output", "model"]).status, 0)
        let run = try place.run(["predict", "model", "0.1,0.2,0.3", "1 2 3 4"])
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertEqual(run.standardOutput.split(separator: "\n").count, 2)
    }

    func testTheSummaryOfAConfigurationIsThatOfItsCheckpoint() throws {
        let place = try trained()
        for more in [[], ["--json"]] {
            let configuration = try place.run(["summary", "words.yaml"] + more)
            let checkpoint = try place.run(["summary", "model"] + more)
            XCTAssertEqual(configuration.status, 0, configuration.standardError)
            XCTAssertEqual(configuration.standardOutput, checkpoint.standardOutput)
            XCTAssertTrue(checkpoint.standardOutput.contains("Bidirectional LSTM"), checkpoint.standardOutput)
        }
    }

    func testThePrintedConfigurationTrainsToTheSameAnswer() throws {
        let place = try trained()
        let printed = try place.run(["config", "words.yaml"])
        XCTAssertEqual(printed.status, 0)
        try place.write(printed.standardOutput, to: "printed.yaml")
        XCTAssertEqual(
            try place.digest(afterTraining: ["printed.yaml"], output: "again", ranks: 2), try place.digest("model"))
    }

    func testAnotherSeedIsAnotherAnswer() throws {
        let place = try trained()
        let other = try place.digest(afterTraining: ["words.yaml", "--set", "seed=4"], output: "other")
        XCTAssertNotEqual(other, try place.digest("model"))
    }

    func testALogIsPlainTextUnderMPIRunToo() throws {
        let place = try trained()
        for ranks in [nil, 2] {
            let run = try place.run(["train", "words.yaml", "--output", "log-\(ranks ?? 0)"], ranks: ranks)
            XCTAssertEqual(run.status, 0, run.standardError)
            XCTAssertEqual(run.standardError, "")
            XCTAssertFalse(run.standardOutput.utf8.contains(0x1B), "no escape sequences where nobody looks")
            let lines = run.standardOutput.split(separator: "\n")
            XCTAssertEqual(lines.last, "digest \(try place.digest("model"))")
        }
    }

    private func gzip(_ place: Workplace, _ name: String) throws {
        let result = try RunningProgram([MPIRun.locate("gzip"), "-k", name], folder: place.path).result()
        XCTAssertEqual(result.status, 0, result.standardError)
    }
}
