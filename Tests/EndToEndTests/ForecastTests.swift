import Foundation
import TestSupport
import XCTest

/// Forecasts and memory problems under the same contracts as every task.
final class ForecastTests: XCTestCase {
    private static let forecast = """
        task: forecast
        data: {train: series.csv, format: series, tokens: values}
        forecast: {window: 9, horizon: 4, season: 6, validation_steps: 60, relative: true}
        model:
          input: features
          layers: [{cell: lstm, size: 10}, {cell: gru, size: 7}]
          dense: [6]
          dropout: 0.1
        training:
          batch_size: 11
          epochs: 6
          optimizer: {name: adam, learning_rate: 0.01}
          early_stopping: {metric: rmse, patience: 50}
          clip_norm: 1
          log_every_steps: 1

        """

    private static let copy = """
        task: memory
        data: {train: builtin:copy, generated: {length: 12, examples: 500}}
        model:
          input: {one_hot: true}
          layers: [{cell: gru, size: 12}]
        training: {batch_size: 8, epochs: 4, optimizer: {name: rmsprop, learning_rate: 0.01}, log_every_steps: 1}

        """

    /// Two series with a season and a trend, of 500 time steps: 35 steps an epoch.
    private static let series = "day,up,down\n" + (0..<500).map { time in
        let season = [3, 7, 4, 1, 9, 2][time % 6], noise = (time * time * 31) % 17
        return "d\(time),\(time + 10 * season + noise).25,\(900 - time + 5 * season - noise)\n"
    }.joined()

    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(Self.series, to: "series.csv")
        try place.write(Self.forecast, to: "forecast.yaml")
        try place.write(Self.copy, to: "copy.yaml")
        return place
    }

    func testRanksDoNotChangeAForecastOfAnyKind() throws {
        let place = try place()
        for output in ["last", "every_step", "decoder"] {
            let arguments = ["forecast.yaml", "--set", "forecast.output=\(output)"]
            let alone = try place.digest(afterTraining: arguments, output: "\(output)-alone")
            for ranks in output == "decoder" ? [1, 2, 3, 8] : [3, 8] {
                let digest = try place.digest(
                    afterTraining: arguments + ["--threads", "1"], output: "\(output)-\(ranks)", ranks: ranks)
                XCTAssertEqual(digest, alone, "\(output), \(ranks) ranks")
            }
        }
    }

    func testRanksDoNotChangeAForecastWithEveryRegularizer() throws {
        let place = try place()
        let settings = [
            "model.layers=[{cell: lstm, size: 10, zoneout: 0.1, layer_norm: true}, {cell: gru, size: 7, zoneout: 0.1}]",
            "model.dropout_kind=variational", "model.input_dropout=0.1", "model.weight_drop=0.3",
            "training.activation_regularization=2", "training.temporal_activation_regularization=1",
        ]
        for output in ["every_step", "decoder"] {
            let arguments = ["forecast.yaml"] + (settings + ["forecast.output=\(output)"]).flatMap { ["--set", $0] }
            let alone = try place.digest(afterTraining: arguments, output: "\(output)-alone")
            for ranks in [2, 3] {
                let digest = try place.digest(afterTraining: arguments, output: "\(output)-\(ranks)", ranks: ranks)
                XCTAssertEqual(digest, alone, "\(output), \(ranks) ranks")
            }
        }
    }

    func testRanksDoNotChangeTheCopyingProblem() throws {
        let place = try place()
        let alone = try place.digest(afterTraining: ["copy.yaml"], output: "alone")
        for ranks in [1, 2, 3, 8] {
            XCTAssertEqual(
                try place.digest(afterTraining: ["copy.yaml"], output: "\(ranks)", ranks: ranks), alone,
                "\(ranks) ranks")
        }
    }

    func testRanksDoNotChangeAddingAndTemporalOrder() throws {
        let place = try place()
        let generated = ["--set", "data.generated={length: 20, examples: 300}", "--set", "training.epochs=2"]
        try place.write(
            """
            task: classify
            data: {train: builtin:temporal-order, tokens: characters}
            model: {layers: [{cell: gru, size: 8}]}
            training: {batch_size: 16, epochs: 2}

            """, to: "order.yaml")
        for arguments in [
            ["forecast.yaml", "--set", "data.train=builtin:adding"] + generated, ["order.yaml"] + generated,
        ] {
            let alone = try place.digest(afterTraining: arguments, output: "\(arguments[0])-1")
            XCTAssertEqual(try place.digest(afterTraining: arguments, output: "\(arguments[0])-3", ranks: 3), alone)
        }
    }

    func testAKilledForecastGoesOnExactlyOnAnotherNumberOfRanks() throws {
        try assertAKillLeavesNoTrace(["forecast.yaml", "--set", "forecast.output=decoder"])
    }

    func testAKilledCopyingProblemGoesOnExactlyOnAnotherNumberOfRanks() throws {
        try assertAKillLeavesNoTrace(["copy.yaml"])
    }

    private func assertAKillLeavesNoTrace(_ arguments: [String]) throws {
        let place = try place()
        let arguments = arguments + ["--set", "checkpoint.every_steps=5"]
        let undisturbed = try place.digest(afterTraining: arguments, output: "undisturbed")
        for (ranks, step) in [(2, 22), (1, 81)] {
            let run = try place.start(["train"] + arguments + ["--output", "killed", "--resume"], ranks: ranks)
            let came = try run.wait {
                ((try? place.metrics("killed"))?.compactMap { $0["step"] as? Int }.max() ?? 0) >= step
            }
            run.kill()
            XCTAssertTrue(came, "the run ended before it could be killed")
        }
        XCTAssertEqual(
            try place.digest(afterTraining: arguments + ["--resume"], output: "killed", ranks: 3), undisturbed)
    }

    func testAForecastIsEvaluatedPrintedAndDrawn() throws {
        let place = try place()
        let training = try place.run(["train", "forecast.yaml", "--output", "run"])
        XCTAssertEqual(training.status, 0)
        // What is the same in every epoch is told once.
        XCTAssertEqual(training.standardOutput.components(separatedBy: "naive rmse").count, 3, training.standardOutput)
        let evaluation = try place.run(["evaluate", "run", "--json", "--picture", "e.svg"])
        XCTAssertTrue(String(decoding: try place.read("e.svg"), as: UTF8.self).contains("down, what came"))
        let metrics = try XCTUnwrap(
            JSONSerialization.jsonObject(with: Data(evaluation.standardOutput.utf8)) as? [String: Any])
        let naive = ["naive_mae", "naive_rmse", "seasonal_naive_mae", "seasonal_naive_rmse"].map { name in
            String(format: "\(name.replacingOccurrences(of: "_", with: " ")) %.4f", metrics[name] as? Double ?? 0)
        }
        XCTAssertTrue(
            training.standardOutput.contains("\nvalidation: \(naive.joined(separator: ", "))\n"),
            training.standardOutput)
        for name in ["loss", "mae", "rmse", "mase", "naive_rmse", "seasonal_naive_rmse"] {
            XCTAssertGreaterThan(metrics[name] as? Double ?? 0, 0, name)
        }
        let other = try place.run(["evaluate", "run", "--data", "series.csv"])
        XCTAssertEqual(other.status, 0, other.standardError)
        let prediction = try place.run([
            "predict", "run", "--input", "series.csv", "--format", "tsv", "--picture", "f.svg",
        ])
        let lines = prediction.standardOutput.split(separator: "\n").map { $0.split(separator: "\t") }
        XCTAssertEqual(lines.first, ["step_1", "step_2", "step_3", "step_4", "text"])
        XCTAssertEqual(lines.dropFirst().map(\.last), ["up", "down"])
        XCTAssertTrue(String(decoding: try place.read("f.svg"), as: UTF8.self).contains("up, forecast"))
        let useless = try place.run(["predict", "run", "--input", "series.csv", "--beam", "3"])
        XCTAssertEqual(useless.status, 64)
        XCTAssertEqual(useless.standardOutput, "")
        XCTAssertEqual(
            useless.complaints,
            [
                "rnn-dist: error: --beam: the model has no use for it (task: forecast), expected task: translate or caption"
            ])
    }

    func testBadSeriesAreRefusedOnEveryRankWithTheirLine() throws {
        let place = try place()
        try place.write("d,v\na,1\nb,\nc,3\n", to: "series.csv")
        for ranks in [nil, 3] {
            let run = try place.run(["train", "forecast.yaml", "--output", "run"], ranks: ranks)
            XCTAssertEqual(run.status, 1)
            XCTAssertEqual(
                run.complaints,
                [
                    "rnn-dist: error: series.csv:3: column 2 ('v') is empty, expected a finite number; "
                        + "fill in missing values; a column of names or dates is left out by data.columns.values"
                ])
        }
    }
}
