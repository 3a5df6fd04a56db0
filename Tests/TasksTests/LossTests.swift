import Configuration
import Foundation
import RecurrentNetworks
import SequenceData
import Tasks
import XCTest

/// What a batch adds to the totals, and what the totals say.
final class LossTests: XCTestCase {
    private func weights(_ setting: TrainingConfiguration.ClassWeights) throws -> [(label: Int, weight: Double)] {
        var fixture = try TaskFixture()
        fixture.configuration.training.batchSize = 1
        fixture.configuration.training.classWeights = setting
        return fixture.totalsOfEachExample(try fixture.task()).map { ($0.label, $0.totals.sums[0][1]) }
    }

    func testWithoutWeightsEveryExampleCountsOnce() throws {
        XCTAssertEqual(try weights(.none).map(\.weight), [Double](repeating: 1, count: 10))
    }

    func testBalancedWeightsGiveEveryClassTheSameSum() throws {
        // Examples over classes times examples of the class: 10 / (3 · 6), 10 / (3 · 3), 10 / (3 · 1).
        let expected: [Double] = [10.0 / 18, 10.0 / 9, 10.0 / 3]
        for (label, weight) in try weights(.balanced) { XCTAssertEqual(weight, expected[label], accuracy: 1e-6) }
    }

    func testListedWeightsCountForTheirClassesAndOneForOthers() throws {
        for (label, weight) in try weights(.listed(LabelWeights([("z", 4), ("x", 0.5)]))) {
            XCTAssertEqual(weight, [0.5, 1, 4][label])
        }
    }

    func testAClassThatIsListedAndHasNoExampleWeighsOne() throws {
        var fixture = try TaskFixture()
        fixture.configuration.data.labels = ["x", "y", "z", "none"]
        fixture.configuration.training.batchSize = 1
        fixture.configuration.training.classWeights = .balanced
        let totals = fixture.totalsOfEachExample(try fixture.task())
        XCTAssertEqual(totals[9].totals.sums[0][1], 10.0 / 3, accuracy: 1e-6, "classes without examples do not count")
    }

    func testTheLossIsTheWeightedNegativeLogarithmOfTheLabelsProbability() throws {
        var fixture = try TaskFixture()
        fixture.configuration.training.batchSize = 1
        fixture.configuration.training.classWeights = .listed(LabelWeights([("x", 2.5)]))
        let task = try fixture.task()
        let texts = TaskFixture.texts.map { String($0.dropFirst(2)) }
        let ranked = try task.predict(texts, top: 3, source: "test")
        for (index, (label, totals)) in fixture.totalsOfEachExample(task).enumerated() {
            let probability = try XCTUnwrap(ranked[index].first { $0.label == task.labels[label] }).probability
            let expected = -log(Double(probability)) * (label == 0 ? 2.5 : 1)
            XCTAssertEqual(totals.sums[0][0], expected, accuracy: 1e-5)
            // Examples, tokens, then one cell of the confusion matrix.
            let predicted = try XCTUnwrap(task.labels.firstIndex(of: ranked[index][0].label))
            var counts = [Int64](repeating: 0, count: 11)
            counts[0] = 1
            counts[1] = Int64(texts[index].split(separator: " ").count)
            counts[2 + 3 * label + predicted] = 1
            XCTAssertEqual(totals.counts, counts)
        }
    }

    func testShardsAddUpToTheWholeBatch() throws {
        let fixture = try TaskFixture(), task = try fixture.task(), plan = task.trainingPlan(epoch: 0)
        let whole = task.evaluate(task.trainingBatch(plan, step: 0, shards: 0..<16, subtrees: [0..<16]))
        var shards: [Int] = [], sums: [[Double]] = [], counts = [Int64](repeating: 0, count: task.totalsShape.counts)
        for part in [0..<4, 4..<8, 8..<16] {
            let totals = task.evaluate(task.trainingBatch(plan, step: 0, shards: part, subtrees: [part]))
            shards += totals.shards
            sums += totals.sums
            for (i, count) in totals.counts.enumerated() { counts[i] += count }
        }
        XCTAssertEqual(shards, whole.shards)
        XCTAssertEqual(sums, whole.sums)
        XCTAssertEqual(counts, whole.counts)
    }

    func testMetricsFollowFromTotals() throws {
        let task = try TaskFixture().task()
        let metrics = task.metrics(Totals(sums: [6, 4], counts: [5, 17, 2, 1, 0, 0, 1, 0, 0, 1, 0]))
        XCTAssertEqual(metrics.values.map(\.name), ["loss_nats", "accuracy", "macro_f1"])
        XCTAssertEqual(metrics["loss_nats"], 1.5)
        XCTAssertEqual(metrics["accuracy"], 3.0 / 5)
        // x: 2·2 / (3 + 2); y: 2·1 / (1 + 3); z: 0.
        XCTAssertEqual(try XCTUnwrap(metrics["macro_f1"]), (4.0 / 5 + 2.0 / 4 + 0) / 3, accuracy: 1e-15)
        XCTAssertEqual(
            metrics.confusion, ConfusionMatrix(labels: ["x", "y", "z"], counts: [[2, 1, 0], [0, 1, 0], [0, 1, 0]]))
        XCTAssertNil(metrics["perplexity"])
    }

    func testNoTargetsHaveNoLoss() throws {
        let task = try TaskFixture().task()
        let metrics = task.metrics(Totals(sums: [0, 0], counts: [Int64](repeating: 0, count: 11)))
        XCTAssertEqual(metrics.values.map(\.value), [0, 0, 0])
    }
}
