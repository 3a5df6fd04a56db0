import Configuration
import Kernels
import SequenceData
import Tasks
import TestSupport
import XCTest

/// Windows of random lengths: a plan that every rank computes alike.
final class TextWindowsTests: XCTestCase {
    private let folder = try? TemporaryFolder()
    private let length = 5000

    private func plan(
        epoch: Int = 0, seed: Int = 4, _ random: String = "{half: 0.25, deviation: 3, minimum: 14}"
    ) throws -> EpochPlan {
        let path = try XCTUnwrap(folder).write("text.txt", String(repeating: "abcde fgh\n", count: length / 5))
        let yaml = """
            task: language_model
            seed: \(seed)
            data: {train: \(path), tokens: characters, validation_fraction: 0}
            model: {input: {embedding: 2}, layers: [{cell: gru, size: 2}]}
            training: {batch_size: 2, shards: 2, truncation: 30, random_truncation: \(random)}
            """
        let configuration = try RunConfiguration.read(yaml: Array(yaml.utf8), name: "text.yaml")
        let task = try LanguageModelTask.forTraining(configuration, team: ThreadTeam(count: 1), artifacts: nil) { _ in }
        return task.trainingPlan(epoch: epoch)
    }

    func testWindowsFollowEachOtherFromTheFirstTokenToTheLast() throws {
        for epoch in 0..<5 {
            let windows = try plan(epoch: epoch).windows
            XCTAssertEqual(windows.first?.lowerBound, 0)
            XCTAssertEqual(windows.last?.upperBound, length - 1)
            for (window, next) in zip(windows, windows.dropFirst()) {
                XCTAssertEqual(window.upperBound, next.lowerBound)
            }
        }
    }

    func testLengthsLieWithinTheirBoundsAndAboutTheirMeans() throws {
        var lengths: [Int] = []
        for epoch in 0..<8 { lengths += try plan(epoch: epoch).windows.dropLast().map(\.count) }
        XCTAssertEqual(lengths.min(), 14)
        XCTAssertLessThanOrEqual(lengths.max() ?? 0, 60)
        let halves = lengths.filter { $0 < 22 }, wholes = lengths.filter { $0 >= 22 }
        XCTAssertEqual(Double(halves.count) / Double(lengths.count), 0.25, accuracy: 0.04)
        // Lengths are whole: on average half a time step is cut off.
        let mean = Double(wholes.reduce(0, +)) / Double(wholes.count)
        XCTAssertEqual(mean, 29.5, accuracy: 0.3)
        let variance = wholes.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(wholes.count)
        XCTAssertEqual(variance.squareRoot(), 3, accuracy: 0.25)
        let wild = try plan("{half: 0, deviation: 1000, minimum: 14}").windows.dropLast().map(\.count)
        XCTAssertEqual([wild.min(), wild.max()], [14, 60])
    }

    func testOneSeedAndEpochGiveOnePlanAndOthersAnother() throws {
        let windows = try plan().windows
        XCTAssertEqual(try plan().windows, windows)
        XCTAssertNotEqual(try plan(epoch: 1).windows, windows)
        XCTAssertNotEqual(try plan(seed: 5).windows, windows)
    }

    func testTheLearningRateGoesWithTheLength() throws {
        let random = try plan()
        for step in 0..<random.stepCount {
            XCTAssertEqual(random.learningRateFactor(step: step), Double(random.windows[step].count) / 30)
        }
        let plain = try plan("null")
        XCTAssertEqual(plain.windows.map(\.count), [Int](repeating: 30, count: 166) + [19])
        XCTAssertEqual(
            (0..<plain.stepCount).map { plain.learningRateFactor(step: $0) }, [Double](repeating: 1, count: 167))
    }
}
