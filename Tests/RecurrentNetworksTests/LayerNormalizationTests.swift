import Kernels
import RecurrentNetworks
import XCTest

final class LayerNormalizationTests: XCTestCase {
    private struct References: Decodable { var normalization: [Case] }

    private struct Case: Decodable {
        var rows: Int, width: Int, x: [Double], above: [Double], y: [Double], input_gradient: [Double],
            parameters: [ReferenceParameter]
    }

    private struct Layer<Scalar: KernelScalar> {
        let groups: [(columns: Range<Int>, normalization: LayerNormalization<Scalar>)]
        let parameters: Parameters<Scalar>

        /// - Parameter groups: Columns that are normalised apart.
        init(_ groups: Range<Int>...) {
            var layout = ParameterLayout()
            let width = groups.last?.upperBound ?? 0
            let gain = layout.add("norm_gain", shape: [width], .constant(1)),
                bias = layout.add("norm_bias", shape: [width], .constant(0))
            self.groups = groups.map { ($0, LayerNormalization(gain: gain, bias: bias, columns: $0)) }
            parameters = Parameters(layout)
        }

        func forward(_ x: Matrix<Scalar>, gradient: Matrix<Scalar>? = nil) -> Matrix<Scalar> {
            let y = Matrix<Scalar>(rows: x.rows, columns: x.columns), work = x.selecting(Array(0..<x.rows))
            let gradient = gradient ?? Matrix(rows: x.rows, columns: x.columns)
            for (columns, normalization) in groups {
                normalization.begin(work.columns(columns), gradient: gradient.columns(columns), parameters)
                normalization.forward(0..<x.rows, into: y.columns(columns))
            }
            return y
        }

        /// Gradients of gain and bias; that of the rows goes where `forward` was told.
        func backward(_ above: Matrix<Scalar>, shards: [Int]) -> [Scalar] {
            for (columns, normalization) in groups { normalization.backward(0..<above.rows, above.columns(columns)) }
            return ShardedRows(shards: shards).sum(ranks: 1, of: 4, parameters.layout) {
                for (columns, normalization) in groups {
                    normalization.sumGradients(above.columns(columns), index: $1, leaves: $2, into: $3)
                }
            }
        }
    }

    func testEverythingEqualsPyTorch() throws {
        for reference in try readReferences("row_layers.json", References.self).normalization {
            try check(reference, Double.self, 1e-10)
            // Two numbers become ±1 whatever they are: their gradients are rounding errors in Float.
            if reference.width > 2 { try check(reference, Float.self, 2e-5) }
        }
    }

    private func check<Scalar: KernelScalar>(_ reference: Case, _: Scalar.Type, _ tolerance: Double) throws {
        let layer = Layer<Scalar>(0..<reference.width)
        try ReferenceParameter.fill(layer.parameters, from: reference.parameters)
        let gradient = Matrix<Scalar>(rows: reference.rows, columns: reference.width)
        let y = layer.forward(Matrix(reference.x, rows: reference.rows), gradient: gradient)
        XCTAssertLessThanOrEqual(relativeError(y.doubles, reference.y), tolerance)
        let sums = layer.backward(
            Matrix<Scalar>(reference.above, rows: reference.rows), shards: (0..<reference.rows).map { $0 % 3 })
        XCTAssertLessThanOrEqual(relativeError(gradient.doubles, reference.input_gradient), tolerance)
        for (slice, expected) in zip(layer.parameters.layout.dense, reference.parameters) {
            let found = sums[slice.offset..<slice.offset + slice.count].map { Double($0) }
            XCTAssertLessThanOrEqual(relativeError(found, expected.gradient), tolerance, slice.name)
        }
    }

    func testGradientsAreDerivativesWhereColumnsFormGroups() {
        let rows = 4, layer = Layer<Double>(0..<5, 5..<16)
        var random = RandomNumbers(seed: 4)
        for i in 0..<layer.parameters.dense.count { layer.parameters.dense[i] = random.number() }
        let x = Matrix<Double>((0..<rows * 16).map { _ in random.number() }, rows: rows)
        let above = Matrix<Double>((0..<rows * 16).map { _ in random.number() }, rows: rows)
        let loss = { zip(layer.forward(x).doubles, above.doubles).reduce(0) { $0 + $1.0 * $1.1 } }
        let numericInput = x.storage.elements.indices.map { derivative(x.storage, $0, loss) }
        let used = layer.parameters.layout.dense.flatMap { $0.offset..<$0.offset + $0.count }
        let numeric = used.map { derivative(layer.parameters.dense, $0, loss) }
        let gradient = Matrix<Double>(rows: rows, columns: 16)
        _ = layer.forward(x, gradient: gradient)
        let sums = layer.backward(above, shards: [0, 2, 0, 3])
        XCTAssertLessThanOrEqual(relativeError(gradient.doubles, numericInput), 1e-8)
        XCTAssertLessThanOrEqual(relativeError(used.map { sums[$0] }, numeric), 1e-8)
    }

    func testARowDoesNotKnowItsNeighboursAndEqualNumbersStayFinite() {
        let layer = Layer<Float>(0..<19)
        layer.parameters.initialize(seed: 1)
        var random = RandomNumbers(seed: 5)
        let x = Matrix<Float>((0..<3 * 19).map { $0 / 19 == 1 ? 0.5 : random.number() }, rows: 3)
        let together = layer.forward(x).doubles
        XCTAssertTrue(together[19..<38].allSatisfy { $0 == 0 })
        for row in 0..<3 {
            XCTAssertEqual(layer.forward(x.selecting([row])).doubles, Array(together[row * 19..<(row + 1) * 19]))
        }
    }
}
