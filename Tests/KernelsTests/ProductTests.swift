import Kernels
import XCTest

final class ProductTests: XCTestCase {
    private static let sizes = [1, 15, 16, 17, 31, 32, 33, 48, 65]

    override func setUp() { Processor.setFloatingPointEnvironment() }

    func testEqualsANaiveProductForEveryShape() {
        checkAllShapes(Float.self)
        checkAllShapes(Double.self)
    }

    func testTransposedPackingIsTheTranspose() {
        var random = RandomNumbers(seed: 2)
        for inputs in Self.sizes {
            for outputs in Self.sizes {
                let weight: Matrix<Float> = random.matrix(rows: outputs, columns: inputs)
                let transposed = Matrix<Float>(rows: inputs, columns: outputs)
                for k in 0..<inputs { for n in 0..<outputs { transposed[k, n] = weight[n, k] } }
                let x: Matrix<Float> = random.matrix(rows: 3, columns: inputs)
                let direct = PackedMatrix<Float>(inputs: inputs, outputs: outputs), packed = direct
                direct.pack(transposed)
                let expected = product(x, direct)
                packed.packTransposed(weight)
                XCTAssertEqual(product(x, packed).bits, expected.bits)
                let panels = PackedMatrix<Float>(inputs: outputs, outputs: inputs)
                panels.pack(weight)
                packed.pack(Matrix(rows: inputs, columns: outputs))
                packed.packTransposed(panels)
                XCTAssertEqual(product(x, packed).bits, expected.bits)
            }
        }
    }

    func testAProductWithATransposeIsThatWithATransposedCopy() {
        var random = RandomNumbers(seed: 4)
        for (inputs, outputs) in [(1, 1), (33, 31), (70, 95), (17, 2_100)] {
            let weight = PackedMatrix<Float>(inputs: inputs, outputs: outputs),
                copy = PackedMatrix<Float>(inputs: outputs, outputs: inputs)
            weight.pack(random.matrix(rows: inputs, columns: outputs))
            copy.packTransposed(weight)
            let x: Matrix<Float> = random.matrix(rows: 23, columns: outputs)
            for start in [ProductStart.zero, .accumulate] {
                let y: Matrix<Float> = random.matrix(rows: 23, columns: inputs)
                let expected = Matrix(AlignedBuffer(y.elements), rows: 23, columns: inputs)
                let rows = RowSelection.indexed(AlignedBuffer(random.shuffled(Array(0..<23)).map { Int32($0) }))
                multiply(x, rows: rows, by: copy, from: start, into: expected, rows: .all(23))
                multiply(x, rows: rows, byTransposeOf: weight, from: start, into: y, rows: .all(23))
                XCTAssertEqual(y.elements.bits, expected.elements.bits, "\(inputs) × \(outputs)")
            }
        }
    }

    func testSomeRowsOfAWeightInPanelsAreAWeight() {
        var random = RandomNumbers(seed: 5)
        let weight: Matrix<Float> = random.matrix(rows: 21, columns: 75)
        let all = AlignedBuffer<Float>(count: 8 + 21 * 75)
        let place = WeightPlace.panels(offset: 8, inputs: 21, outputs: 75)
        PackedMatrix(all, place).pack(weight)
        let back = Matrix<Float>(rows: 21, columns: 75)
        PackedMatrix(all, place).unpack(into: back)
        XCTAssertEqual(back.elements.bits, weight.elements.bits)
        let x: Matrix<Float> = random.matrix(rows: 4, columns: 9), alone = PackedMatrix<Float>(inputs: 9, outputs: 75)
        alone.pack(weight.rows(5..<14))
        XCTAssertEqual(product(x, PackedMatrix(all, place.inputs(5..<14))).bits, product(x, alone).bits)
        let d: Matrix<Float> = random.matrix(rows: 4, columns: 75), parts = Matrix<Float>(rows: 4, columns: 9)
        let expected = Matrix<Float>(rows: 4, columns: 9)
        multiply(
            d, rows: .all(4), byTransposeOf: PackedMatrix(all, place.inputs(5..<14)), into: parts, rows: .all(4))
        multiply(d, rows: .all(4), byTransposeOf: alone, into: expected, rows: .all(4))
        XCTAssertEqual(parts.elements.bits, expected.elements.bits)
    }

    func testARowDoesNotKnowItsNeighbours() {
        assertARowDoesNotKnowItsNeighbours(seed: 3) { weight in
            let packed = PackedMatrix<Float>(inputs: weight.rows, outputs: weight.columns)
            packed.pack(weight)
            return { multiply($0, rows: $1, by: packed, into: $2, rows: $3) }
        }
    }

    private func product<Scalar>(_ x: Matrix<Scalar>, _ weight: PackedMatrix<Scalar>) -> [Scalar] {
        let y = Matrix<Scalar>(rows: x.rows, columns: weight.outputs)
        multiply(x, rows: .all(x.rows), by: weight, into: y, rows: .all(x.rows))
        return y.elements
    }

    private func checkAllShapes<Scalar: KernelScalar>(_: Scalar.Type) {
        var random = RandomNumbers(seed: 1)
        for inputs in Self.sizes {
            for outputs in Self.sizes {
                let weight: Matrix<Scalar> = random.matrix(rows: inputs, columns: outputs)
                let packed = PackedMatrix<Scalar>(inputs: inputs, outputs: outputs)
                packed.pack(weight)
                for rows in 1...25 { check(rows, weight, packed, &random) }
            }
        }
    }

    /// One product among rows of larger matrices, consecutive or not; canaries stand everywhere else.
    private func check<Scalar>(
        _ count: Int, _ weight: Matrix<Scalar>, _ packed: PackedMatrix<Scalar>, _ random: inout RandomNumbers
    ) {
        let x: Matrix<Scalar> = random.matrix(rows: 30, columns: packed.inputs)
        let y: Matrix<Scalar> = random.matrix(rows: 30, columns: packed.outputs)
        let bias = AlignedBuffer<Scalar>(random.numbers(packed.outputs + 3))
        let start = [ProductStart.zero, .bias(offset: 3), .accumulate][count % 3]
        let before = y.storage.copy()
        let xList = random.shuffled(Array(0..<30)), yList = random.shuffled(Array(0..<30))
        let isIndexed = (count + packed.inputs) % 2 == 0
        let xIndex = AlignedBuffer(xList.map { Int32($0) }), yIndex = AlignedBuffer(yList.map { Int32($0) })
        multiply(
            x, rows: RowSelection(first: 2, count: count, index: isIndexed ? xIndex : nil), by: packed, from: start,
            bias: bias,
            into: y, rows: RowSelection(first: 4, count: count, index: isIndexed ? yIndex : nil))

        let expected = before
        for i in 0..<count {
            let xRow = isIndexed ? xList[2 + i] : 2 + i, yRow = isIndexed ? yList[4 + i] : 4 + i
            for n in 0..<packed.outputs {
                let place = y.offset + yRow * y.stride + n
                var sum = 0.0
                switch start {
                case .zero: break
                case .bias: sum = Double(bias[3 + n])
                case .accumulate: sum = Double(before[place])
                }
                var size = abs(sum)
                for k in 0..<packed.inputs {
                    let term = Double(x[xRow, k]) * Double(weight[k, n])
                    sum += term
                    size += abs(term)
                }
                let tolerance = size * Double(packed.inputs + 1) * Double(Scalar.ulpOfOne)
                XCTAssertEqual(
                    Double(y.storage[place]), sum, accuracy: tolerance,
                    "\(count) rows, \(packed.inputs) × \(packed.outputs)")
                expected[place] = y.storage[place]
            }
        }
        XCTAssertTrue(
            y.storage.elements.bits == expected.elements.bits,
            "\(count) rows, \(packed.inputs) × \(packed.outputs): a canary died")
    }
}
