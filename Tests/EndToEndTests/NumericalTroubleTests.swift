import Foundation
import TestSupport
import XCTest

/// Losses and gradients that are not finite: what is said of them, and what becomes of the run.
final class NumericalTroubleTests: XCTestCase {
    private let advice = "look at the data, lower training.optimizer.learning_rate or set training.clip_norm, and go "
        + "on from the last checkpoint with --resume; training.non_finite=skip leaves such steps out"

    /// Where dropout doubles one or both numbers of the vector, they are infinite.
    private static let wordsReasons = [
        "step 6 (epoch 1): the gradient of shard 13 is not finite (example 160, counted from 0), in "
            + "layers/0/forward/input_weight and layers/0/backward/input_weight",
        "step 16 (epoch 2): the loss of shard 1 is not finite (example 160, counted from 0), first in what layers/0 "
            + "puts out",
    ]

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
        // All of them: rows of others would be drawn about as large.
        let known = (0...700).map { "word\($0)" } + (0..<36).map { "topic\($0 / 9)x\($0 % 9)" }
        let vectors = known.enumerated().map { "\($1) 0.\($0 % 7) -0.\($0 % 5)\n" }
        try place.write(vectors.joined() + "unheardof 3e38 3e38\n", to: "vectors.txt")
        try place.write(
            SampleData.wordsConfiguration.replacingOccurrences(
                of: "input: {embedding: 10}", with: "input: {vectors: vectors.txt, trainable: true}"
            ).replacingOccurrences(of: "validation_fraction: 0.15", with: "validation_fraction: 0")
                .replacingOccurrences(of: "dropout: 0.1", with: "dropout: 0.1\n  input_dropout: 0.5"), to: "words.yaml")
        return place
    }

    private func assertSkipsAreOneAnswer(
        _ place: Workplace, _ arguments: [String], _ reasons: [String], line: UInt = #line
    ) throws {
        let steps = reasons.count
        let arguments = arguments + ["--set", "training.non_finite=skip", "--set", "checkpoint.every_steps=1"]
        let alone = try place.digest(afterTraining: arguments, output: "alone")
        let left = try place.metrics("alone").filter { $0["event"] as? String == "step_left_out" }
        XCTAssertEqual(left.map { $0["steps_left_out"] as? Int }, (1...steps).map { $0 }, line: line)
        XCTAssertEqual(left.map { $0["reason"] as? String }, reasons, line: line)
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
                    "rnn-dist: error: step 1 (epoch 1): the loss of shard 2 is not finite (example 37, counted from "
                        + "0), though what the layers put out is all finite; \(advice)"
                ], "\(ranks ?? 0) ranks")
        }
    }

    func testWeightsWhoseGradientIsNotFiniteAreNamed() throws {
        let place = try words()
        for ranks in [nil, 3] {
            let run = try place.run(["train", "words.yaml", "--output", "run-\(ranks ?? 0)"], ranks: ranks)
            XCTAssertEqual(run.status, 1)
            XCTAssertEqual(
                run.complaints, ["rnn-dist: error: \(Self.wordsReasons[0]); \(advice)"], "\(ranks ?? 0) ranks")
        }
    }

    func testSkippedStepsAreOneAnswer() throws {
        let account = "the loss of shard 2 is not finite (example 37, counted from 0), though what the layers put "
            + "out is all finite"
        try assertSkipsAreOneAnswer(
            try numbers(), ["numbers.yaml"],
            ["step 1 (epoch 1): ", "step 6 (epoch 2): ", "step 11 (epoch 3): "].map { $0 + account })
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
        try assertSkipsAreOneAnswer(try words(), ["words.yaml"], Self.wordsReasons)
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
        for (size, account) in [(4, "the steps before: 10 in a row"), (16, "all steps of the epoch")] {
            let skipping = try place.run(
                ["train"] + arguments + [
                    "--output", "skipping-\(size)", "--set", "training.non_finite=skip", "--set",
                    "training.batch_size=\(size)",
                ], ranks: 2)
            XCTAssertEqual(skipping.status, 1)
            XCTAssertEqual(skipping.complaints.count, 1, skipping.standardError)
            XCTAssertTrue(
                skipping.complaints[0].contains("and so were \(account); look at the data, lower "),
                skipping.standardError)
        }
    }
}
