import Configuration
import Diagnostics
import Kernels
import RecurrentNetworks
import SequenceData
import Tasks
import TestSupport
import XCTest

final class ForecastTaskTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    private let folder = try? TemporaryFolder()
    /// 30 steps of two series; the second is the first squared.
    private static let series: [Double] = (0..<30).map { time in Double(time * 7 % 11) + Double(time + 1) }
    private static var text: String {
        var text = "d,a,b\n"
        for (time, value) in series.enumerated() { text += "t\(time),\(value),\(value * value)\n" }
        return text
    }

    private func configuration(_ change: (inout RunConfiguration) -> Void = { _ in }) throws -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.task = "forecast"
        configuration.data = DataConfiguration()
        configuration.data.train = try XCTUnwrap(folder).write("s.csv", Self.text)
        configuration.data.tokens = .values
        configuration.data.validationFraction = 0.2
        configuration.model.input = .features
        configuration.model.layers[0].size = 5
        configuration.forecast.window = 4
        configuration.forecast.horizon = 3
        configuration.forecast.season = 2
        configuration.training.batchSize = 8
        change(&configuration)
        return configuration
    }

    private func task(_ configuration: RunConfiguration, artifacts: [TaskArtifact]? = nil) throws -> ForecastTask {
        let task = try ForecastTask.forTraining(configuration, team: ThreadTeam(count: 1), artifacts: artifacts) { _ in
        }
        task.parameters.initialize(seed: 1)
        task.parametersChanged()
        return task
    }

    private func batches(_ task: ForecastTask) -> [ForecastBatch] {
        let plan = task.trainingPlan(epoch: 0)
        return (0..<plan.stepCount).map { task.trainingBatch(plan, step: $0, shards: 0..<16, subtrees: [0..<16]) }
    }

    func testTargetsAreTheValuesBehindTheWindow() throws {
        for relative in [false, true] {
            let task = try task(
                configuration {
                    $0.forecast.scaling = .none
                    $0.forecast.relative = relative
                })
            var seen: Set<Int> = []
            for batch in batches(task) {
                for (row, example) in batch.examples.enumerated() {
                    let origin = 4 + example, last = Self.series[origin - 1]
                    for place in 0..<6 {
                        let truth = Self.series[origin + place / 2], isSquare = place % 2 == 1
                        let level = relative ? (isSquare ? last * last : last) : 0
                        XCTAssertEqual(Double(batch.targets[row, place]), (isSquare ? truth * truth : truth) - level)
                    }
                    seen.insert(example)
                }
            }
            XCTAssertEqual(seen, Set(0..<18), "24 steps to train on hold 18 windows")
        }
    }

    func testEveryStepOfTheWindowForecastsWhatFollowsIt() throws {
        let task = try task(
            configuration {
                $0.forecast.scaling = .none
                $0.forecast.output = .everyStep
            })
        for batch in batches(task) {
            XCTAssertEqual(batch.targets.rows, 4 * batch.examples.count)
            for (sequence, example) in batch.examples.enumerated() {
                for time in 0..<4 {
                    let row = time * batch.examples.count + sequence
                    for step in 0..<3 {
                        XCTAssertEqual(Double(batch.targets[row, 2 * step]), Self.series[example + time + step + 1])
                    }
                }
            }
        }
    }

    func testADifferenceFromTheWindowTellsNoStepWhatComes() throws {
        // With outputs at every step, inputs may depend on nothing behind them: a change of the last value of the
        // window changes no other input.
        func inputs(_ last: Double) throws -> [Float] {
            let values = Self.series.enumerated().map { $0 == 3 ? last : $1 }
            let path = try XCTUnwrap(folder).write("c.csv", values.map { "\($0)\n" }.joined())
            let task = try task(
                configuration {
                    $0.data.train = path
                    $0.forecast.scaling = .none
                    $0.forecast.relative = true
                    $0.forecast.output = .everyStep
                    $0.training.batchSize = 100
                })
            let batch = batches(task)[0]
            let sequence = try XCTUnwrap(batch.examples.firstIndex(of: 0))
            let features = try XCTUnwrap(batch.input.sequences.features)
            return (0..<4).map { features[$0 * batch.examples.count + sequence, 0] }
        }
        let one = try inputs(10), other = try inputs(20)
        XCTAssertEqual(one.dropLast(), other.dropLast())
        XCTAssertNotEqual(one.last, other.last)
    }

    func testNaiveForecastsAreScoredBesideTheModel() throws {
        let path = try XCTUnwrap(folder).write("a.csv", Self.series.map { "\($0)\n" }.joined())
        let task = try task(configuration { $0.data.train = path })
        let plan = try XCTUnwrap(task.validationPlan)
        var sums = [Double](repeating: 0, count: task.totalsShape.sums)
        for step in 0..<plan.stepCount {
            let totals = task.evaluate(task.validationBatch(plan, step: step, shards: 0..<16, subtrees: [0..<16]))
            for shard in totals.sums { for (i, sum) in shard.enumerated() { sums[i] += sum } }
        }
        let metrics = task.metrics(Totals(sums: sums, counts: [0, 0]))
        // By hand: 24 steps known, windows of 3 steps that begin at 24, 25, 26, 27.
        var naive: [Double] = [], seasonal: [Double] = []
        for origin in 24...27 {
            for time in origin..<origin + 3 {
                naive.append(Self.series[origin - 1] - Self.series[time])
                let seasons = time - origin < 2 ? 1 : 2
                seasonal.append(Self.series[time - 2 * seasons] - Self.series[time])
            }
        }
        func mae(_ errors: [Double]) -> Double { errors.reduce(0) { $0 + abs($1) } / Double(errors.count) }
        func rmse(_ errors: [Double]) -> Double {
            (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
        }
        func metric(_ name: String) throws -> Double { try XCTUnwrap(metrics[name], name) }
        XCTAssertEqual(try metric("naive_mae"), mae(naive), accuracy: 1e-12)
        XCTAssertEqual(try metric("naive_rmse"), rmse(naive), accuracy: 1e-12)
        XCTAssertEqual(try metric("seasonal_naive_mae"), mae(seasonal), accuracy: 1e-12)
        XCTAssertEqual(try metric("seasonal_naive_rmse"), rmse(seasonal), accuracy: 1e-12)
        let inSample = (2..<24).map { Self.series[$0] - Self.series[$0 - 2] }
        XCTAssertEqual(try metric("mase"), try metric("mae") / mae(inSample), accuracy: 1e-12)
        XCTAssertEqual(metrics.values.map(\.name), ForecastTask.metricNames)
    }

    func testAForecastHasTheUnitsOfTheFile() throws {
        for output in ForecastConfiguration.Output.allCases {
            let task = try task(
                configuration {
                    $0.forecast.relative = true
                    $0.forecast.logarithm = true
                    $0.forecast.output = output
                })
            // A network that says 0 forecasts its level: the window's last value, or its first for every step.
            task.parameters.dense.clear()
            task.parametersChanged()
            var request = PredictionRequest()
            request.file = task.configuration.data.train
            let predictions = try task.predict(request)
            XCTAssertEqual(predictions.map(\.subject), ["a", "b"])
            let level = Self.series[output == .everyStep ? 26 : 29]
            for (prediction, expected) in zip(predictions, [level, level * level]) {
                let forecast = try XCTUnwrap(prediction.curve).forecast
                XCTAssertEqual(forecast.count, 3)
                for value in forecast { XCTAssertEqual(value, expected, accuracy: 1e-9 * expected) }
                XCTAssertEqual(prediction.columns.map(\.name), ["step_1", "step_2", "step_3"])
            }
        }
    }

    func testACheckpointGivesBackItsScalingAndRefusesOtherData() throws {
        let configuration = try configuration()
        let trained = try task(configuration)
        _ = try task(configuration, artifacts: trained.artifacts.reversed())
        let loaded = try ForecastTask.forInference(
            configuration, artifacts: trained.artifacts, data: configuration.data.train, vectorWidth: nil,
            team: ThreadTeam(count: 1))
        XCTAssertEqual(loaded.artifacts, trained.artifacts)
        _ = try XCTUnwrap(folder).write("s.csv", Self.text.replacingOccurrences(of: "t3,", with: "t3,1"))
        try XCTUnwrap(folder).expect(
            "s.csv: its series or their scaling differ from those of the checkpoint, expected the data the run began with; "
                + "restore the data, or begin a new run in another output folder"
        ) { _ = try task(configuration, artifacts: trained.artifacts) }
        try XCTUnwrap(folder).expect("checkpoint: 'artifacts/scaling' is missing, expected the scaling of a forecast") {
            _ = try ForecastTask.forInference(
                configuration, artifacts: trained.artifacts.filter { $0.name != "scaling" }, data: nil,
                vectorWidth: nil, team: ThreadTeam(count: 1))
        }
    }

    func testWhatCannotBeForecastIsRefused() throws {
        let task = try task(configuration())
        var request = PredictionRequest()
        request.texts = ["1 2 3"]
        try XCTUnwrap(folder).expect("argument: texts cannot be forecast, expected a file of series with --input") {
            _ = try task.predict(request)
        }
        request.texts = []
        request.file = try XCTUnwrap(folder).write("short.csv", "a,b\n1,2\n2,3\n3,4\n")
        try XCTUnwrap(folder).expect(
            "short.csv: 3 time steps are too few for a forecast, expected at least 4 (forecast.window)"
        ) {
            _ = try task.predict(request)
        }
        let adding = try self.task(configuration { $0.data.train = "builtin:adding" })
        try XCTUnwrap(folder).expect(
            "short.csv: a model of builtin:adding has nothing to predict, expected evaluate instead of predict"
        ) {
            _ = try adding.predict(request)
        }
    }

    func testANumberIsLearnedAboutSequencesOfAnyLength() throws {
        let path = try XCTUnwrap(folder).write("n.txt", "10 1 2 3\n30 4\n20 5 6\n60 7 8 9 1\n")
        let configuration = try configuration {
            $0.data.train = path
            $0.data.format = .ucr
            $0.data.validation = path
        }
        let task = try task(configuration)
        let batch = batches(task)[0]
        XCTAssertEqual(batch.examples.sorted(), [0, 1, 2, 3])
        // Mean 30, standard deviation √350.
        for (row, example) in batch.examples.enumerated() {
            let number = [10.0, 30, 20, 60][example]
            XCTAssertEqual(Double(batch.targets[row, 0]), (number - 30) / 350.0.squareRoot(), accuracy: 1e-6)
        }
        let plan = try XCTUnwrap(task.validationPlan)
        var sums = [Double](repeating: 0, count: task.totalsShape.sums)
        let totals = task.evaluate(task.validationBatch(plan, step: 0, shards: 0..<16, subtrees: [0..<16]))
        for shard in totals.sums { for (i, sum) in shard.enumerated() { sums[i] += sum } }
        let metrics = task.metrics(Totals(sums: sums, counts: totals.counts))
        XCTAssertEqual(metrics.values.map(\.name), ["loss", "mae", "rmse", "naive_mae", "naive_rmse"])
        XCTAssertEqual(try XCTUnwrap(metrics["naive_rmse"]), 350.0.squareRoot(), accuracy: 1e-12)
        XCTAssertEqual(
            try XCTUnwrap(metrics["rmse"]), 350.0.squareRoot() * (try XCTUnwrap(metrics["loss"])).squareRoot(),
            accuracy: 1e-4)

        let loaded = try ForecastTask.forInference(
            configuration, artifacts: task.artifacts, data: nil, vectorWidth: nil, team: ThreadTeam(count: 1))
        loaded.parameters.dense.clear()
        loaded.parametersChanged()
        var request = PredictionRequest()
        request.texts = ["1 2", "3"]
        XCTAssertEqual(
            try loaded.predict(request).map(\.columns[0].value), ["30.0", "30.0"], "a network that says 0 says the mean"
        )
        XCTAssertEqual(try loaded.predict(request).map(\.subject), ["sequence 1", "sequence 2"])
        try XCTUnwrap(folder).expect("n.txt:1: the label is 'x', expected the number to be said about the sequence") {
            _ = try XCTUnwrap(folder).write("n.txt", "x 1 2\n")
            _ = try self.task(configuration)
        }
    }

    func testTheAddingProblemIsARegressionOfItsSum() throws {
        let task = try task(
            configuration {
                $0.data.train = "builtin:adding"
                $0.data.generated.length = 10
                $0.data.generated.examples = 50
            })
        let batch = batches(task)[0]
        XCTAssertEqual(batch.targets.columns, 1)
        let features = try XCTUnwrap(batch.input.sequences.features)
        for row in batch.examples.indices {
            let steps = (0..<10).map { $0 * batch.examples.count + row }
            XCTAssertEqual(batch.targets[row, 0], steps.reduce(0) { $0 + features[$1, 0] * features[$1, 1] })
        }
        XCTAssertEqual(task.validationPlan?.statistics.examples, 10)
    }
}
