import Foundation
import Tasks
import XCTest

final class SpanScoreTests: XCTestCase {
    private struct Case: Decodable {
        let correct_tags: [String], predicted_tags: [String]
        let correct: Int64, predicted: Int64, expected: Int64
    }

    private func numbers(_ tags: String, _ names: [String]) -> [Int32] {
        tags.split(separator: " ").map { Int32(names.firstIndex(of: String($0)) ?? -1) }
    }

    private func score(_ correct: [String], _ predicted: [String]) -> SpanScore {
        let names = Set((correct + predicted).flatMap { $0.split(separator: " ").map(String.init) }).sorted()
        let finder = SpanFinder(tags: names)
        var score = SpanScore()
        for (tags, other) in zip(correct, predicted) {
            score.add(expected: numbers(tags, names), predicted: numbers(other, names), finder)
        }
        return score
    }

    /// The numbers come from `Parity/make_span_scores.py`.
    func testSpansAreCountedAsConllevalCountsThem() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Parity/span_scores.json")
        let cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
        XCTAssertEqual(cases.count, 36)
        for (number, item) in cases.enumerated() {
            let score = score(item.correct_tags, item.predicted_tags)
            XCTAssertEqual(
                [score.correct, score.predicted, score.expected], [item.correct, item.predicted, item.expected],
                "case \(number)")
        }
    }

    func testScoresAreSharesOfCounts() {
        let score = score(["B-x I-x O B-y", "B-x"], ["B-x I-x B-x O", "O"])
        XCTAssertEqual(score.counts, [1, 2, 3, 5, 2])
        XCTAssertEqual(score.precision, 0.5)
        XCTAssertEqual(score.recall, 1.0 / 3)
        XCTAssertEqual(score.f1, 0.4)
        XCTAssertEqual(score.accuracy, 0.4)
        XCTAssertEqual(SpanScore(counts: score.counts), score)
    }

    func testSpansOfEachTypeAddUpToAll() {
        let finder = SpanFinder(tags: ["B-x", "B-y", "I-x", "I-y", "O"])
        XCTAssertEqual(finder.typeNames, ["x", "y"])
        var score = SpanScore(types: 2)
        score.add(expected: [0, 2, 4, 1], predicted: [0, 2, 1, 4], finder)
        score.add(expected: [1, 3, 0], predicted: [1, 3, 1], finder)
        XCTAssertEqual(score.types.map { [$0.correct, $0.predicted, $0.expected] }, [[1, 1, 2], [1, 3, 2]])
        XCTAssertEqual(score.counts, [2, 4, 4, 7, 4, 1, 1, 2, 1, 3, 2])
        XCTAssertEqual(score.types[1].precision, 1.0 / 3)
        XCTAssertEqual(SpanScore(counts: score.counts), score)
    }

    func testNothingToFindIsNoDivisionByZero() {
        let score = score(["O O"], ["O O"])
        XCTAssertEqual([score.precision, score.recall, score.f1, score.accuracy], [0, 0, 0, 1])
        XCTAssertEqual(SpanScore().accuracy, 0)
    }
}
