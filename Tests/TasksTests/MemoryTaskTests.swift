import Configuration
import Diagnostics
import Kernels
import RecurrentNetworks
import SequenceData
import Tasks
import XCTest

final class MemoryTaskTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    private func task(fraction: Double = 0.25) throws -> MemoryTask {
        var configuration = RunConfiguration()
        configuration.task = "memory"
        configuration.data = DataConfiguration()
        configuration.data.train = "builtin:copy"
        configuration.data.validationFraction = fraction
        configuration.data.generated.length = 12
        configuration.data.generated.examples = 40
        configuration.model.layers[0].size = 5
        let task = try MemoryTask.forTraining(configuration, team: ThreadTeam(count: 1), artifacts: nil) { _ in }
        task.parameters.initialize(seed: 1)
        task.parametersChanged()
        return task
    }

    private func metrics(_ task: MemoryTask) throws -> TaskMetrics {
        let plan = try XCTUnwrap(task.validationPlan)
        let totals = task.evaluate(task.validationBatch(plan, step: 0, shards: 0..<16, subtrees: [0..<16]))
        XCTAssertEqual(totals.counts[0], 10)
        XCTAssertEqual(totals.counts[1], 10 * 32)
        let sums = (0..<2).map { place in totals.sums.reduce(0) { $0 + $1[place] } }
        return task.metrics(Totals(sums: sums, counts: totals.counts))
    }

    func testWhoKnowsNothingHasTheLossOfGuessingAmongAllTargets() throws {
        let task = try task()
        task.parameters.dense.clear()
        for table in task.parameters.tables { table.storage.clear() }
        task.parametersChanged()
        let metrics = try metrics(task)
        XCTAssertEqual(try XCTUnwrap(metrics["loss_nats"]), 2.1972245773362196, accuracy: 1e-6)
        XCTAssertEqual(metrics["memoryless_loss_nats"], 10 * 2.0794415416798357 / 32)
        XCTAssertEqual(metrics.values.map(\.name), MemoryTask.metricNames)
    }

    func testWhoAlwaysSaysNothingIsRightUntilTheQuestion() throws {
        let task = try task()
        task.parameters.dense.clear()
        let bias = try XCTUnwrap(task.parameters.layout.dense.first { $0.name == "output/bias" })
        task.parameters.dense[bias.offset + Int(CopyProblem.blank)] = 5
        task.parametersChanged()
        let metrics = try metrics(task)
        XCTAssertEqual(metrics["accuracy"], 22.0 / 32)
        XCTAssertEqual(metrics["recalled"], 0)
    }

    func testRanksShareAMinibatch() throws {
        let task = try task()
        let plan = task.trainingPlan(epoch: 0)
        let whole = task.evaluate(task.trainingBatch(plan, step: 0, shards: 0..<16, subtrees: [0..<16]))
        let parts = [0..<8, 8..<16].map { task.evaluate(task.trainingBatch(plan, step: 0, shards: $0, subtrees: [$0])) }
        XCTAssertEqual(parts.flatMap(\.shards), whole.shards)
        XCTAssertEqual(parts.flatMap(\.sums), whole.sums)
        XCTAssertEqual(zip(parts[0].counts, parts[1].counts).map(+), whole.counts)
    }

    func testWhatCannotBeDoneIsRefused() throws {
        XCTAssertThrowsError(try task(fraction: 0.999)) {
            XCTAssertEqual(
                "\($0)", "data.validation_fraction: all 40 examples are held out, expected some to train on")
        }
        XCTAssertThrowsError(try task().predict(PredictionRequest())) {
            XCTAssertEqual(
                "\($0)",
                "argument: a model of builtin:copy has nothing to predict, expected evaluate instead of predict")
        }
    }
}
