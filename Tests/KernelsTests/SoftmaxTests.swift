import Foundation
import Kernels
import XCTest

final class SoftmaxTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    func testLossAndGradientEqualANaiveSoftmax() {
        check(Float.self, tolerance: 1e-6)
        check(Double.self, tolerance: 1e-14)
    }

    private func check<Scalar: KernelScalar>(_: Scalar.Type, tolerance: Double) {
        var random = RandomNumbers(seed: 31)
        for classes in [1, 2, 7, 8, 16, 17, 33, 100] {
            for size in [1.0, 30] {
                let rows = 9
                let logits: Matrix<Scalar> = random.matrix(rows: rows, columns: classes)
                for row in 0..<rows { for j in 0..<classes { logits[row, j] *= Scalar(size) } }
                let before = logits.elements.map { Double($0) }, around = logits.storage.copy()
                let targets = (0..<rows).map { _ in Int32(random.whole(below: classes)) }
                let weights: [Scalar] = (0..<rows).map { _ in abs(random.number()) }
                let probabilities = Matrix<Scalar>(rows: rows, columns: classes)
                copyRows(logits, rows: .all(rows), into: probabilities, rows: .all(rows))
                softmax(probabilities)
                var losses = [Scalar](repeating: -1, count: rows), predictions = [Int32](repeating: -1, count: rows)
                softmaxCrossEntropy(
                    logits, targets: targets, weights: weights, losses: &losses, predictions: &predictions)
                for row in 0..<rows {
                    let z = Array(before[row * classes..<(row + 1) * classes]), largest = z.max() ?? 0,
                        target = Int(targets[row])
                    let sum = z.reduce(0) { $0 + exp($1 - largest) }, weight = Double(weights[row])
                    XCTAssertEqual(
                        Double(losses[row]), weight * (largest + log(sum) - z[target]), accuracy: tolerance * 4 * size)
                    XCTAssertEqual(z[Int(predictions[row])], largest)
                    for j in 0..<classes {
                        let p = exp(z[j] - largest) / sum
                        XCTAssertEqual(Double(probabilities[row, j]), p, accuracy: tolerance)
                        XCTAssertEqual(
                            Double(logits[row, j]), weight * (p - (j == target ? 1 : 0)), accuracy: tolerance)
                    }
                }
                // Nothing beside the logits has changed.
                for row in 0..<rows {
                    for j in 0..<classes { around[logits.offset + row * logits.stride + j] = logits[row, j] }
                }
                XCTAssertEqual(logits.storage.elements.bits, around.elements.bits)
            }
        }
    }

    func testLossStaysFiniteForLogitsFarApart() {
        let logits = Matrix(AlignedBuffer<Float>([-1e4, 0, 1e4]), rows: 1, columns: 3)
        var losses: [Float] = [0], predictions: [Int32] = [0]
        softmaxCrossEntropy(logits, targets: [0], weights: [1], losses: &losses, predictions: &predictions)
        XCTAssertEqual(losses, [2e4])
        XCTAssertEqual(logits.elements, [-1, 0, 1].map { $0 == 0 ? logits[0, 1] : $0 })
        XCTAssertEqual(logits[0, 1], 0, accuracy: 1e-37)
    }

    func testThePredictionIsTheFirstOfEqualClasses() {
        let logits = Matrix(AlignedBuffer<Float>([1, 2, 2, 0, 0, 0]), rows: 2, columns: 3)
        var losses: [Float] = [0, 0], predictions: [Int32] = [9, 9]
        softmaxCrossEntropy(logits, targets: [0, 0], weights: [1, 0], losses: &losses, predictions: &predictions)
        XCTAssertEqual(predictions, [1, 0])
        XCTAssertEqual(losses[1], 0)
        XCTAssertEqual(logits.elements[3...], [0, 0, 0])
    }
}
