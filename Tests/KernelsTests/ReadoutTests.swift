import Kernels
import XCTest

final class ReadoutTests: XCTestCase {
    private let batch = PackedSequences(lengths: [2, 5, 1, 3], shards: [0, 0, 1, 3], subtreeShards: [0..<4])

    /// For each packed sequence its rows in the order of time.
    private var rowsOfSequence: [[Int]] {
        (0..<batch.sequences).map { j in (0..<batch.lengths[j]).map { batch.offsets[$0] + j } }
    }

    func testMeanOverTimeAndItsGradient() {
        var random = RandomNumbers(seed: 41)
        for columns in [1, 5, 16, 20, 37] {
            let x: Matrix<Float> = random.matrix(rows: batch.rows, columns: columns)
            let dy: Matrix<Float> = random.matrix(rows: 4, columns: columns)
            let y = Matrix<Float>(rows: 4, columns: columns), dx = Matrix<Float>(rows: batch.rows, columns: columns)
            meanOverTime(x, batch, into: y)
            meanOverTimeGradient(dy, batch, into: dx)
            for (j, rows) in rowsOfSequence.enumerated() {
                for c in 0..<columns {
                    let mean = rows.reduce(0.0) { $0 + Double(x[$1, c]) } / Double(rows.count)
                    XCTAssertEqual(Double(y[j, c]), mean, accuracy: 3e-7)
                    for row in rows { XCTAssertEqual(dx[row, c], dy[j, c] * (1 / Float(rows.count))) }
                }
            }
        }
    }

    func testMaxOverTimeAndItsGradient() {
        var random = RandomNumbers(seed: 42)
        for columns in [1, 5, 16, 20, 37] {
            let x: Matrix<Float> = random.matrix(rows: batch.rows, columns: columns)
            let dy: Matrix<Float> = random.matrix(rows: 4, columns: columns)
            let y = Matrix<Float>(rows: 4, columns: columns),
                dx: Matrix<Float> = random.matrix(rows: batch.rows, columns: columns)
            let from = AlignedBuffer<Int32>(count: 4 * columns)
            maxOverTime(x, batch, into: y, rows: from)
            maxOverTimeGradient(dy, batch, into: dx, rows: from)
            for (j, rows) in rowsOfSequence.enumerated() {
                for c in 0..<columns {
                    let largest = rows.map { x[$0, c] }.max()
                    XCTAssertEqual(y[j, c], largest)
                    for row in rows { XCTAssertEqual(dx[row, c], x[row, c] == largest ? dy[j, c] : 0) }
                }
            }
        }
    }

    func testTheEarliestOfEqualMaximaTakesTheGradient() {
        let x = Matrix<Float>(rows: batch.rows, columns: 1), y = Matrix<Float>(rows: 4, columns: 1)
        let dx = Matrix<Float>(rows: batch.rows, columns: 1),
            dy = Matrix(AlignedBuffer<Float>([1, 2, 3, 4]), rows: 4, columns: 1)
        let from = AlignedBuffer<Int32>(count: 4)
        maxOverTime(x, batch, into: y, rows: from)
        maxOverTimeGradient(dy, batch, into: dx, rows: from)
        XCTAssertEqual(dx.elements, [1, 2, 3, 4] + [Float](repeating: 0, count: batch.rows - 4))
    }

    func testRowCopiesTouchTheirRowsAlone() {
        var random = RandomNumbers(seed: 43)
        for columns in [1, 5, 16, 20, 37] {
            let x: Matrix<Float> = random.matrix(rows: 6, columns: columns),
                y: Matrix<Float> = random.matrix(rows: 6, columns: columns)
            let bias = AlignedBuffer<Float>(random.numbers(columns + 2))
            let before = y.storage.copy()
            let from = AlignedBuffer<Int32>([5, 0, 5]), to = AlignedBuffer<Int32>([1, 4, 2])
            copyRows(x, rows: .indexed(from), into: y, rows: .indexed(to))
            gatherRows(
                x, rows: .indexed(from), bias: bias, offset: 2, into: y,
                rows: RowSelection(first: 1, count: 3, index: nil))
            multiplyElements(x.rows(0..<1), by: x.rows(3..<4), into: y.rows(0..<1))
            clearRows(y, 5..<6)
            for c in 0..<columns {
                func set(_ row: Int, _ value: Float) { before[y.offset + row * y.stride + c] = value }
                set(0, x[0, c] * x[3, c])
                for (row, source) in [(1, 5), (2, 0), (3, 5)] { set(row, bias[2 + c] + x[source, c]) }
                set(4, x[0, c])
                set(5, 0)
            }
            XCTAssertEqual(y.storage.elements.bits, before.elements.bits)
        }
    }
}
