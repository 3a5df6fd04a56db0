import Kernels
import XCTest

/// A product of chosen rows of x, into rows of y.
typealias RowsProduct = (
    _ x: Matrix<Float>, _ rows: RowSelection, _ y: Matrix<Float>, _ yRows: RowSelection
) -> Void

/// Any rows of a product, in any order, have the bits they have among all rows.
func assertARowDoesNotKnowItsNeighbours(
    seed: UInt64, _ product: (_ weight: Matrix<Float>) -> RowsProduct
) {
    var random = RandomNumbers(seed: seed)
    for (inputs, outputs) in [(1, 1), (17, 33), (65, 48), (5_000, 40)] {
        let x: Matrix<Float> = random.matrix(rows: 40, columns: inputs)
        let multiply = product(random.matrix(rows: inputs, columns: outputs))
        let together = Matrix<Float>(rows: 40, columns: outputs)
        multiply(x, .all(40), together, .all(40))
        for _ in 0..<20 {
            let chosen = random.shuffled(Array(0..<40)).prefix(1 + random.whole(below: 40))
            let y = Matrix<Float>(rows: chosen.count, columns: outputs)
            multiply(x, .indexed(AlignedBuffer(chosen.map { Int32($0) })), y, .all(chosen.count))
            for (place, row) in chosen.enumerated() {
                XCTAssertEqual(y.rows(place..<place + 1).elements.bits, together.rows(row..<row + 1).elements.bits)
            }
        }
    }
}
