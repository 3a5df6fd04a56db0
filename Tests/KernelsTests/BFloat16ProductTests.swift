import Kernels
import XCTest

/// Products of rounded operands, bit for bit against chains of fused multiply-adds.
final class BFloat16ProductTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    func testEqualsChainsOfRoundedOperandsForEveryShape() {
        var random = RandomNumbers(seed: 61)
        let depths = [1, 2, 3, 15, 16, 17, 31, 32, 33, 34, 64, 65]
        for outputs in 1...70 {
            let inputs = depths[outputs % depths.count]
            for rows in 1...21 { check(rows, inputs, outputs, &random) }
        }
    }

    func testLongRowsAndManyRowsEqualTheSameChains() {
        var random = RandomNumbers(seed: 62)
        // Parts of rows, chunks of rows, and both.
        let shapes = [(3, 2_047, 20), (2, 2_049, 33), (12, 5_001, 17), (230, 9, 40), (201, 2_051, 3)]
        for (rows, inputs, outputs) in shapes {
            check(rows, inputs, outputs, &random)
        }
    }

    func testARowDoesNotKnowItsNeighbours() {
        assertARowDoesNotKnowItsNeighbours(seed: 63) { weight in
            let packed = BFloat16Numbers.packed(weight)
            return { multiply($0, rows: $1, by: packed, into: $2, rows: $3) }
        }
    }

    func testPackingGivesTheSameFromEveryPlace() {
        var random = RandomNumbers(seed: 64)
        for inputs in [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100] {
            for outputs in [1, 15, 16, 17, 31, 32, 33, 48, 49, 64, 65, 100] {
                let weight = random.matrixAmongNaN(rows: inputs, columns: outputs)
                let transposed = random.matrixAmongNaN(rows: outputs, columns: inputs)
                for k in 0..<inputs { for n in 0..<outputs { transposed[n, k] = weight[k, n] } }
                let x: Matrix<Float> = random.matrix(rows: 2, columns: inputs)
                let packed = (0..<4).map { _ in BFloat16Panels(inputs: inputs, outputs: outputs) }
                packed[0].pack(BFloat16Numbers.unrounded(weight))
                packed[1].packTransposed(BFloat16Numbers.unrounded(transposed))
                packed[2].pack(
                    PackedMatrix(
                        BFloat16Numbers.panels(weight, offset: 3),
                        .panels(offset: 3, inputs: inputs, outputs: outputs)))
                packed[3].packTransposed(
                    PackedMatrix(
                        BFloat16Numbers.panels(transposed, offset: 5),
                        .panels(offset: 5, inputs: outputs, outputs: inputs)))
                let results = packed.map { product(x, $0).bits }
                for result in results { XCTAssertEqual(result, results[0], "\(inputs) × \(outputs)") }
            }
        }
    }

    func testErrorIsThatOfRoundingTheOperands() {
        var random = RandomNumbers(seed: 65)
        let x: Matrix<Float> = random.matrix(rows: 20, columns: 650)
        let weight: Matrix<Float> = random.matrix(rows: 650, columns: 70)
        let packed = BFloat16Numbers.packed(weight)
        let y = product(x, packed)
        var largest = 0.0
        for i in 0..<20 {
            for n in 0..<70 {
                var sum = 0.0, size = 0.0
                for k in 0..<650 {
                    sum += Double(x[i, k]) * Double(weight[k, n])
                    size += abs(Double(x[i, k]) * Double(weight[k, n]))
                }
                // Eight significant bits: each operand is off by at most 2⁻⁹ of itself; the chain adds its own.
                let bound = size * (0x1p-8 + 0x1p-18 + 651 * 0x1p-24)
                XCTAssertLessThanOrEqual(abs(Double(y[i * 70 + n]) - sum), bound)
                largest = max(largest, abs(Double(y[i * 70 + n]) - sum) / size)
            }
        }
        // Not a float32 product under another name.
        XCTAssertGreaterThan(largest, 0x1p-16)
    }

    func testInfinitiesAndNoNumbersStayInTheirRowsAndColumns() {
        var random = RandomNumbers(seed: 66)
        let x: Matrix<Float> = random.matrix(rows: 12, columns: 33)
        let weight: Matrix<Float> = random.matrix(rows: 33, columns: 50)
        let packed = BFloat16Numbers.packed(weight)
        let before = product(x, packed)
        x[3, 32] = .infinity
        x[7, 0] = .nan
        x[8, 5] = Float(bitPattern: 0x7F7F_FFFF)  // rounds to infinity
        x[9, 4] = 0x1p-130  // a subnormal number is a zero
        weight[6, 40] = .nan
        let clean = product(x, packed)
        let after = product(x, BFloat16Numbers.packed(weight))
        for i in 0..<12 {
            for n in 0..<50 {
                let value = after[i * 50 + n]
                switch (i, n) {
                case (7, _), (_, 40): XCTAssertTrue(value.isNaN)
                case (3, _): XCTAssertEqual(value, weight[32, n] > 0 ? .infinity : -.infinity)
                case (8, _): XCTAssertEqual(value, weight[5, n] > 0 ? .infinity : -.infinity)
                case (9, _): XCTAssertEqual(value.bits, clean[i * 50 + n].bits)
                default: XCTAssertEqual(value.bits, before[i * 50 + n].bits)
                }
            }
        }
        x[9, 4] = 0
        XCTAssertEqual(product(x, BFloat16Numbers.packed(weight))[9 * 50].bits, after[9 * 50].bits)
    }

    private func product(_ x: Matrix<Float>, _ weight: BFloat16Panels) -> [Float] {
        let y = Matrix<Float>(rows: x.rows, columns: weight.outputs)
        multiply(x, rows: .all(x.rows), by: weight, into: y, rows: .all(x.rows))
        return y.elements
    }

    /// One product among rows of larger matrices, consecutive or not; nothing else in y may change.
    private func check(_ count: Int, _ inputs: Int, _ outputs: Int, _ random: inout RandomNumbers) {
        let x = random.matrixAmongNaN(rows: count + 9, columns: inputs)
        let weight = random.matrixAmongNaN(rows: inputs, columns: outputs)
        let packed = BFloat16Numbers.packed(weight)
        let y: Matrix<Float> = random.matrix(rows: count + 9, columns: outputs)
        let bias = AlignedBuffer<Float>(random.numbers(outputs + 3))
        // A sum that begins at -0 and is given nothing stays there.
        y[4, 0] = -0.0
        let start = [ProductStart.zero, .bias(offset: 3), .accumulate][count % 3], expected = y.storage.copy()
        let xList = random.shuffled(Array(0..<count + 9)), yList = random.shuffled(Array(0..<count + 9))
        let isIndexed = (count + inputs) % 2 == 0
        for k in 0..<inputs { x[isIndexed ? xList[2] : 2, k] = 0 }
        let xIndex = isIndexed ? AlignedBuffer(xList.map(Int32.init)) : nil
        let yIndex = isIndexed ? AlignedBuffer(yList.map(Int32.init)) : nil
        multiply(
            x, rows: RowSelection(first: 2, count: count, index: xIndex), by: packed, from: start, bias: bias, into: y,
            rows: RowSelection(first: 4, count: count, index: yIndex))

        let xRounded = BFloat16Numbers.rounded(x), wRounded = BFloat16Numbers.rounded(weight)
        let columns = (0..<outputs).map { n in (0..<inputs).map { wRounded[$0, n] } }
        for i in 0..<count {
            let source = isIndexed ? xList[2 + i] : 2 + i, xRow = xRounded.rows(source..<source + 1).elements
            let place = y.offset + (isIndexed ? yList[4 + i] : 4 + i) * y.stride
            for n in 0..<outputs {
                let first: Float =
                    switch start {
                    case .zero: 0
                    case .bias: bias[3 + n]
                    case .accumulate: expected[place + n]
                    }
                expected[place + n] = BFloat16Numbers.chain(from: first, xRow, columns[n])
            }
        }
        XCTAssertTrue(
            y.storage.elements.bits == expected.elements.bits, "\(count) rows, \(inputs) × \(outputs), \(start)")
    }
}
