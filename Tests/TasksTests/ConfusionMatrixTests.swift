import Tasks
import XCTest

/// Scores worked out by hand.
final class ConfusionMatrixTests: XCTestCase {
    /// c has an example and is never predicted, d is predicted and has none, e is neither.
    private let matrix = ConfusionMatrix(
        labels: ["a", "b", "c", "d", "e"],
        counts: [[3, 1, 0, 0, 0], [2, 4, 0, 1, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]])

    func testAccuracyIsTheShareOnTheDiagonal() {
        XCTAssertEqual(matrix.total, 12)
        XCTAssertEqual(matrix.accuracy, 7.0 / 12)
    }

    func testScoresOfAClassThatIsThereAndPredicted() throws {
        let a = matrix.scores(of: 0), b = matrix.scores(of: 1)
        XCTAssertEqual([a.precision, a.recall, a.f1], [3.0 / 6, 3.0 / 4, 6.0 / 10])
        XCTAssertEqual([b.precision, b.recall, b.f1], [4.0 / 5, 4.0 / 7, 8.0 / 12])
        XCTAssertEqual([a.examples, b.examples], [4, 7])
    }

    func testAClassNeverPredictedHasNoPrecision() {
        let c = matrix.scores(of: 2)
        XCTAssertEqual([c.precision, c.recall, c.f1], [nil, 0, 0])
        XCTAssertEqual(c.examples, 1)
    }

    func testAClassWithoutExamplesHasNoRecall() {
        let d = matrix.scores(of: 3)
        XCTAssertEqual([d.precision, d.recall, d.f1], [0, nil, 0])
        XCTAssertEqual(d.examples, 0)
    }

    func testAClassThatIsNeitherHasNoScores() {
        let e = matrix.scores(of: 4)
        XCTAssertEqual([e.precision, e.recall, e.f1], [nil, nil, nil])
    }

    func testMacroF1IsTheMeanOverClassesThatOccurOrArePredicted() {
        XCTAssertEqual(matrix.macroF1, (6.0 / 10 + 8.0 / 12 + 0 + 0) / 4, accuracy: 1e-15)
    }

    func testNothingSeenScoresZero() {
        let empty = ConfusionMatrix(labels: ["a", "b"], counts: [[0, 0], [0, 0]])
        XCTAssertEqual([empty.accuracy, empty.macroF1], [0, 0])
        XCTAssertEqual(empty.scores(of: 0).f1, nil)
    }

    func testAPerfectMatrixScoresOne() {
        let perfect = ConfusionMatrix(labels: ["a", "b"], counts: [[5, 0], [0, 2]])
        XCTAssertEqual([perfect.accuracy, perfect.macroF1], [1, 1])
    }
}
