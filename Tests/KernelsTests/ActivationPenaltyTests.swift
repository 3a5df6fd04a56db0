import Kernels
import XCTest

final class ActivationPenaltyTests: XCTestCase {
    private let batch = PackedSequences(lengths: [2, 5, 1, 3], shards: [0, 0, 1, 3], subtreeShards: [0..<4])

    func testPenaltiesAreMeansOfSquares() {
        var random = RandomNumbers(seed: 1)
        let h: Matrix<Double> = random.matrix(rows: batch.rows, columns: 11),
            d = Matrix<Double>(rows: batch.rows, columns: 11)
        var own = [Double](repeating: 0, count: batch.rows), changes = own
        penalizeActivations(h, strength: 2, penalties: &own, into: d)
        penalizeChanges(h, batch, strength: 3, penalties: &changes, into: d)
        for t in 0..<batch.steps {
            for j in 0..<batch.active[t] {
                let row = batch.offsets[t] + j
                let square = (0..<11).reduce(0) { $0 + h[row, $1] * h[row, $1] }
                XCTAssertEqual(own[row], 2 * square / 11, accuracy: 1e-14)
                let before = t == 0 ? nil : batch.offsets[t - 1] + j
                let change =
                    before.map { p in (0..<11).reduce(0) { $0 + (h[row, $1] - h[p, $1]) * (h[row, $1] - h[p, $1]) } }
                    ?? 0
                XCTAssertEqual(changes[row], 3 * change / 11, accuracy: 1e-14)
            }
        }
    }

    func testGradientsAreDerivativesAndAreAdded() {
        var random = RandomNumbers(seed: 2)
        for columns in [3, 8, 21] {
            let h: Matrix<Double> = random.matrix(rows: batch.rows, columns: columns)
            let d: Matrix<Double> = random.matrix(rows: batch.rows, columns: columns), before = d.elements
            let loss = { (gradient: Matrix<Double>) in
                var penalties = [Double](repeating: 0, count: self.batch.rows)
                penalizeActivations(h, strength: 0.7, penalties: &penalties, into: gradient)
                penalizeChanges(h, self.batch, strength: 1.3, penalties: &penalties, into: gradient)
                return penalties.reduce(0, +)
            }
            _ = loss(d)
            let unused = Matrix<Double>(rows: batch.rows, columns: columns)
            for row in 0..<batch.rows {
                for column in 0..<columns {
                    let kept = h[row, column]
                    h[row, column] = kept + 1e-4
                    let above = loss(unused)
                    h[row, column] = kept - 1e-4
                    let below = loss(unused)
                    h[row, column] = kept
                    XCTAssertEqual(
                        d[row, column] - before[row * columns + column], (above - below) / 2e-4, accuracy: 1e-9)
                }
            }
        }
    }

    func testMasksClearWithoutChangingOtherBits() {
        var random = RandomNumbers(seed: 3)
        let x: Matrix<Float> = random.matrix(rows: 6, columns: 21), mask = Matrix<Float>(rows: 6, columns: 21),
            before = x.elements
        dropoutMask(
            RandomStream(seed: 1, purpose: .weightDrop), probability: 0.4, step: 3, examples: AlignedBuffer(0..<6),
            times: AlignedBuffer(count: 6), into: mask)
        clearDropped(x, mask: mask)
        let dropped = mask.elements.count { $0 == 0 }
        XCTAssertTrue((25...76).contains(dropped), "\(dropped) of 126")
        for (i, value) in x.elements.enumerated() { XCTAssertEqual(value, mask.elements[i] == 0 ? 0 : before[i]) }
        XCTAssertFalse(x.elements.hasNegativeZero)
    }
}
