import Kernels
import XCTest

final class LabelSmoothingTests: XCTestCase {
    /// `torch.nn.functional.cross_entropy(z, t, label_smoothing=0.2, reduction="none")` and its gradient, float64, for
    /// `z = [[0.5, -1.25, 2, 0.75], [0, 0.25, -0.5, 3]]`, `t = [2, 1]`.
    func testLossAndGradientAreThoseOfPyTorch() {
        let expectedLosses = [0.7372280586139026, 2.7969542405416417]
        let expectedGradients = [
            0.09410284129998482, -0.02495868100488797, -0.2041758711411974, 0.1350317108461005,
            -0.0064764992891554645, -0.7941147188640487, -0.023601662400848194, 0.8241928805540525,
        ]
        let z = Matrix(AlignedBuffer<Double>([0.5, -1.25, 2, 0.75, 0, 0.25, -0.5, 3]), rows: 2, columns: 4)
        var losses = [0.0, 0.0], predictions: [Int32] = [0, 0]
        softmaxCrossEntropy(
            z, targets: [2, 1], weights: [1, 1], smoothing: 0.2, losses: &losses, predictions: &predictions)
        for (found, expected) in zip(losses, expectedLosses) { XCTAssertEqual(found, expected, accuracy: 1e-14) }
        for (found, expected) in zip(z.elements, expectedGradients) { XCTAssertEqual(found, expected, accuracy: 1e-14) }
        XCTAssertEqual(predictions, [2, 3])
    }
}
