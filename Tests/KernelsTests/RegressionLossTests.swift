import Kernels
import XCTest

final class RegressionLossTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    /// Numbers of torch.nn.functional.mse_loss, l1_loss and huber_loss (delta 0.5) with reduction "sum", by row:
    ///
    ///     y = torch.tensor([[0.5, -1.0, 2.0], [0.25, 0.0, 3.0]], requires_grad=True)
    ///     t = torch.tensor([[0.0, 1.0, 2.0], [0.5, 0.0, -1.0]])
    func testLossesAndGradientsEqualPyTorch() {
        check(.squared, losses: [4.25, 16.0625], gradient: [1, -4, 0, -0.5, 0, 8])
        check(.absolute, losses: [2.5, 4.25], gradient: [1, -1, 0, -1, 0, 1])
        check(.huber(threshold: 0.5), losses: [1.0, 1.90625], gradient: [0.5, -0.5, 0, -0.25, 0, 0.5])
    }

    private func check(_ loss: RegressionLoss<Float>, losses expected: [Float], gradient: [Float]) {
        // Rows in the middle of something larger, which must not change.
        let whole = Matrix(AlignedBuffer<Float>([9, 0.5, -1, 2, 9, 9, 0.25, 0, 3, 9]), rows: 2, columns: 5)
        let targets = Matrix(AlignedBuffer<Float>([0, 1, 2, 0.5, 0, -1]), rows: 2, columns: 3)
        var losses: [Float] = [0, 0]
        regressionLoss(whole.columns(1..<4), targets: targets, loss, losses: &losses)
        XCTAssertEqual(losses, expected, "\(loss)")
        XCTAssertEqual(whole.elements, [9] + gradient[..<3] + [9, 9] + gradient[3...] + [9], "\(loss)")
    }

    func testGradientsAreDerivatives() {
        for (number, loss) in [RegressionLoss<Double>.squared, .absolute, .huber(threshold: 0.7)].enumerated() {
            var random = RandomNumbers(seed: 5 + UInt64(number))
            let y: Matrix<Double> = random.matrix(rows: 4, columns: 3),
                targets: Matrix<Double> = random.matrix(rows: 4, columns: 3)
            func total(_ row: Int, _ column: Int, _ change: Double) -> Double {
                let moved = Matrix<Double>(rows: 4, columns: 3)
                copyRows(y, rows: .all(4), into: moved, rows: .all(4))
                moved[row, column] += change
                var losses = [Double](repeating: 0, count: 4)
                regressionLoss(moved, targets: targets, loss, losses: &losses)
                return losses.reduce(0, +)
            }
            let gradient = Matrix<Double>(rows: 4, columns: 3)
            copyRows(y, rows: .all(4), into: gradient, rows: .all(4))
            var losses = [Double](repeating: 0, count: 4)
            regressionLoss(gradient, targets: targets, loss, losses: &losses)
            for row in 0..<4 {
                for column in 0..<3 {
                    let numeric = (total(row, column, 1e-5) - total(row, column, -1e-5)) / 2e-5
                    XCTAssertEqual(gradient[row, column], numeric, accuracy: 1e-8, "\(loss)")
                }
            }
        }
    }

    func testAValueThatIsNotANumberIsNotHidden() {
        for loss in [RegressionLoss<Float>.squared, .absolute, .huber(threshold: 1)] {
            let y = Matrix(AlignedBuffer<Float>([.nan]), rows: 1, columns: 1)
            var losses: [Float] = [0]
            regressionLoss(y, targets: Matrix(rows: 1, columns: 1), loss, losses: &losses)
            XCTAssertTrue(losses[0].isNaN && y[0, 0].isNaN, "\(loss)")
        }
    }
}
