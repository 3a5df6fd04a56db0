import Kernels
import RecurrentNetworks
import XCTest

final class LayerNormalizationTests: XCTestCase {
    private struct References: Decodable { var normalization: [Case] }

    private struct Case: Decodable {
        var rows: Int, width: Int, x: [Double], above: [Double], y: [Double], input_gradient: [Double], parameters: [ReferenceParameter]
    }

    private struct Layer<Scalar: KernelScalar> {
        let normalization: LayerNormalization<Scalar>
        let parameters: Parameters<Scalar>

        init(groups: [Range<Int>]) {
            var layout = ParameterLayout()
            normalization = LayerNormalization(name: "norm", groups: groups, hasBias: true, layout: &layout)
            parameters = Parameters(layout)
        }

        func forward(_ x: Matrix<Scalar>, groups: [Range<Int>]) -> Matrix<Scalar> {
            normalization.begin(rows: x.rows)
            copyRows(x, rows: .all(x.rows), into: normalization.normalized, rows: .all(x.rows))
            let y = Matrix<Scalar>(rows: x.rows, columns: x.columns)
            for (number, columns) in groups.enumerated() {
                normalization.forward(group: number, 0..<x.rows, into: y.columns(columns), parameters)
            }
            return y
        }
    }

    func testEverythingEqualsPyTorch() throws {
        for reference in try readReferences("row_layers.json", References.self).normalization {
            try check(reference, Double.self, 1e-10)
            try check(reference, Float.self, 2e-5)
        }
    }

    private func check<Scalar: KernelScalar>(_ reference: Case, _: Scalar.Type, _ tolerance: Double) throws {
        let layer = Layer<Scalar>(groups: [0..<reference.width])
        try ReferenceParameter.fill(layer.parameters, from: reference.parameters)
        let y = layer.forward(Matrix(reference.x, rows: reference.rows), groups: [0..<reference.width])
        XCTAssertLessThanOrEqual(relativeError(y.doubles, reference.y), tolerance)
        let above = Matrix<Scalar>(reference.above, rows: reference.rows)
        layer.normalization.backward(0..<reference.rows, above, layer.parameters)
        XCTAssertLessThanOrEqual(relativeError(layer.normalization.gradient.doubles, reference.input_gradient), tolerance)
        let sums: [Scalar] = ShardedRows(shards: (0..<reference.rows).map { $0 % 3 }).sum(ranks: 1, of: 4, layer.parameters.layout) {
            layer.normalization.sumGradients(above, index: $1, leaves: $2, into: $3)
        }
        for (slice, expected) in zip(layer.parameters.layout.dense, reference.parameters) {
            let found = sums[slice.offset..<slice.offset + slice.count].map { Double($0) }
            XCTAssertLessThanOrEqual(relativeError(found, expected.gradient), tolerance, slice.name)
        }
    }

    func testGradientsAreDerivativesWhereColumnsFormGroups() {
        let groups = [0..<5, 5..<16], rows = 4
        let layer = Layer<Double>(groups: groups)
        var random = RandomNumbers(seed: 4)
        for i in 0..<layer.parameters.dense.count { layer.parameters.dense[i] = random.number() }
        let x = Matrix<Double>((0..<rows * 16).map { _ in random.number() }, rows: rows)
        let above = Matrix<Double>((0..<rows * 16).map { _ in random.number() }, rows: rows)
        let loss = { zip(layer.forward(x, groups: groups).doubles, above.doubles).reduce(0) { $0 + $1.0 * $1.1 } }
        let numericInput = x.storage.elements.indices.map { derivative(x.storage, $0, loss) }
        let used = layer.parameters.layout.dense.flatMap { $0.offset..<$0.offset + $0.count }
        let numeric = used.map { derivative(layer.parameters.dense, $0, loss) }
        _ = loss()
        for (number, columns) in groups.enumerated() {
            layer.normalization.backward(group: number, 0..<rows, above.columns(columns), layer.parameters)
        }
        XCTAssertLessThanOrEqual(relativeError(layer.normalization.gradient.doubles, numericInput), 1e-8)
        let sums: [Double] = ShardedRows(shards: [0, 2, 0, 3]).sum(ranks: 1, of: 4, layer.parameters.layout) {
            for (number, columns) in groups.enumerated() {
                layer.normalization.sumGradients(group: number, above.columns(columns), index: $1, leaves: $2, into: $3)
            }
        }
        XCTAssertLessThanOrEqual(relativeError(used.map { sums[$0] }, numeric), 1e-8)
    }

    func testARowDoesNotKnowItsNeighboursAndEqualNumbersStayFinite() {
        let layer = Layer<Float>(groups: [0..<19])
        layer.parameters.initialize(seed: 1)
        var random = RandomNumbers(seed: 5)
        let x = Matrix<Float>((0..<3 * 19).map { $0 / 19 == 1 ? 0.5 : random.number() }, rows: 3)
        let together = layer.forward(x, groups: [0..<19]).doubles
        XCTAssertTrue(together[19..<38].allSatisfy { $0 == 0 })
        for row in 0..<3 {
            XCTAssertEqual(layer.forward(x.selecting([row]), groups: [0..<19]).doubles, Array(together[row * 19..<(row + 1) * 19]))
        }
    }
}
