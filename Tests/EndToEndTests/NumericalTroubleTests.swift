import Foundation
import TestSupport
import XCTest

/// Losses and gradients that are not finite: what is said of them, and what becomes of the run.
final class NumericalTroubleTests: XCTestCase {
    /// Regression on sequences of which example 37 has a number that no loss in float32 has room for.
    private func numbers() throws -> Workplace {
        let place = try Workplace()
        let lines = (0..<90).map { row in
            let values = (0..<5 + row * 7 % 9).map { "\(Double((row * 31 + $0 * 17) % 41 - 20) / 20)" }
            return (row == 37 ? "1e25" : "\(Double(row * 13 % 29 - 14) / 10)") + ",\(values.joined(separator: ","))\n"
        }
        try place.write(lines.joined(), to: "numbers.csv")
        try place.write(
            """
            task: forecast
            data: {train: numbers.csv, format: ucr, tokens: values, validation_fraction: 0}
            forecast: {scaling: none}
            model: {input: features, layers: [{cell: lstm, size: 8}]}
            training: {batch_size: 16, epochs: 3, optimizer: {name: adam, learning_rate: 0.01}, clip_norm: 1}

            """, to: "numbers.yaml")
        return place
    }

    /// Words with vectors, of which a rare one's cannot be multiplied by anything.
    private func words() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 160) + "sports,word1 unheardof word2\n", to: "words.csv")
        try place.write("word1 0.1 -0.2\nunheardof 3e38 3e38\nword2 0.3 0.1\n", to: "vectors.txt")
        try place.write(
            SampleData.wordsConfiguration.replacingOccurrences(
                of: "input: {embedding: 10}", with: "input: {vectors: vectors.txt, trainable: true}"), to: "words.yaml")
        return place
    }

    private func assertSkipsAreOneAnswer(
        _ place: Workplace, _ arguments: [String], steps: Int, reason: String, line: UInt = #line
    ) throws {
        let arguments = arguments + ["--set", "training.non_finite=skip", "--set", "checkpoint.every_steps=1"]
        let alone = try place.digest(afterTraining: arguments, output: "alone")
        let left = try place.metrics("alone").filter { $0["event"] as? String == "step_left_out" }
        XCTAssertEqual(left.map { $0["steps_left_out"] as? Int }, (1...steps).map { $0 }, line: line)
        XCTAssertEqual(left.first?["reason"] as? String, reason, line: line)
        let epochs = try place.metrics("alone").filter { $0["event"] as? String == "epoch" }
        XCTAssertEqual(epochs.last?["steps_left_out"] as? Int, steps, line: line)
        for ranks in [2, 3] {
            XCTAssertEqual(
                try place.digest(afterTraining: arguments, output: "ranks-\(ranks)", ranks: ranks), alone,
                "\(ranks) ranks", line: line)
        }
        // From a checkpoint after every stop, each on another number of ranks.
        var run = try place.run(["train"] + arguments + ["--output", "parts", "--max-minutes", "1e-9"])
        var stops = 0
        while run.status == 75, stops < 60 {
            stops += 1
            run = try place.run(
                ["train"] + arguments + ["--output", "parts", "--max-minutes", "1e-9", "--resume"],
                ranks: stops % 7 == 0 ? 2 : nil)
        }
        XCTAssertEqual(run.status, 0, run.standardError, line: line)
        XCTAssertGreaterThan(stops, 10, line: line)
        XCTAssertEqual(try place.digest("parts"), alone, line: line)
        XCTAssertTrue(run.standardOutput.contains("\(steps) steps left out so far"), run.standardOutput, line: line)
    }

    func testALossThatIsNotFiniteEndsTheRunWithTheShardAndItsExamples() throws {
        let place = try numbers()
        for ranks in [nil, 1, 2, 3] {
            let run = try place.run(["train", "numbers.yaml", "--output", "run-\(ranks ?? 0)"], ranks: ranks)
            XCTAssertEqual(run.status, 1)
            XCTAssertEqual(
                run.complaints,
                [
                    "rnn-dist: error: STEP: the loss of shard SHARD is not finite (example 37, counted from 0), "
                        + "though what the layers put out is all finite; look at the data, "
                        + "lower training.optimizer.learning_rate or set training.clip_norm, and go on from the last "
                        + "checkpoint with --resume; training.non_finite=skip leaves such steps out"
                ], "\(ranks ?? 0) ranks")
        }
    }

    func testALayerThatPutsOutNoNumbersIsNamed() throws {
        let place = try words()
        for ranks in [nil, 2, 3] {
            let run = try place.run(["train", "words.yaml", "--output", "run-\(ranks ?? 0)"], ranks: ranks)
            XCTAssertEqual(run.status, 1)
            XCTAssertEqual(run.complaints, ["LAYER"], "\(ranks ?? 0) ranks")
        }
    }

    func testSkippedStepsAreOneAnswer() throws {
        try assertSkipsAreOneAnswer(
            try numbers(), ["numbers.yaml"], steps: 3, reason: "REASON")
    }

    func testSkippedStepsAreOneAnswerWhereGradientsTravelAsBFloat16() throws {
        let place = try numbers()
        let arguments = ["numbers.yaml", "--set", "training.non_finite=skip", "--set", "training.wire=bfloat16"]
        let alone = try place.digest(afterTraining: arguments, output: "alone")
        for ranks in [2, 3] {
            XCTAssertEqual(try place.digest(afterTraining: arguments, output: "\(ranks)", ranks: ranks), alone)
        }
    }

    func testSkippedStepsAreOneAnswerWhereRowsAreDeferred() throws {
        try assertSkipsAreOneAnswer(try words(), ["words.yaml"], steps: 2, reason: "REASON")
    }

    func testARunThatDivergesKeepsTheCheckpointBeforeIt() throws {
        let place = try numbers()
        try place.write(
            String(decoding: try place.read("numbers.csv"), as: UTF8.self).replacingOccurrences(of: "1e25", with: "1"),
            to: "numbers.csv")
        let arguments = [
            "numbers.yaml", "--set", "training.clip_norm=null", "--set",
            "training.optimizer={name: sgd, learning_rate: 1000}", "--set", "checkpoint.every_steps=1",
        ]
        var complaints: [String] = []
        for ranks in [nil, 2, 3] {
            let run = try place.run(["train"] + arguments + ["--output", "run-\(ranks ?? 0)"], ranks: ranks)
            XCTAssertEqual(run.status, 1)
            XCTAssertEqual(run.complaints.count, 1, run.standardError)
            complaints += run.complaints
            XCTAssertGreaterThan(place.newestCheckpoint("run-\(ranks ?? 0)"), 0)
            XCTAssertEqual(try place.run(["evaluate", "run-\(ranks ?? 0)", "--data", "numbers.csv"]).status, 0)
        }
        XCTAssertEqual(Set(complaints).count, 1, "\(complaints)")
        XCTAssertTrue(complaints[0].contains("is not finite"), complaints[0])
        // Nothing helps a run whose every step is one: it ends all the same.
        let skipping = try place.run(
            ["train"] + arguments + ["--output", "skipping", "--set", "training.non_finite=skip"], ranks: 2)
        XCTAssertEqual(skipping.status, 1)
        XCTAssertEqual(skipping.complaints.count, 1, skipping.standardError)
        XCTAssertTrue(skipping.complaints[0].contains("and so were the steps before: 10 in a row; "), skipping.standardError)
    }
}
