import Foundation
import Kernels
import RecurrentNetworks
import XCTest

final class AdaptiveSoftmaxTests: XCTestCase {
    private struct References: Decodable { var adaptive: [Case] }

    private struct Case: Decodable {
        var rows: Int, width: Int, classes: Int, cutoffs: [Int], factor: Double, x: [Double], targets: [Int32],
            weights: [Double]
        var losses: [Double], log_probabilities: [Double], input_gradient: [Double], parameters: [ReferenceParameter]
    }

    /// A layer with a reference's weights.
    private func layer<Scalar: KernelScalar>(
        _ reference: Case, threads: Int = 1, _: Scalar.Type
    ) throws -> (softmax: AdaptiveSoftmax<Scalar>, parameters: Parameters<Scalar>) {
        var layout = ParameterLayout()
        let softmax = AdaptiveSoftmax<Scalar>(
            name: "softmax", inputSize: reference.width, classes: reference.classes, cutoffs: reference.cutoffs,
            factor: reference.factor, initializer: .pytorch, team: ThreadTeam(count: threads), layout: &layout)
        let parameters = Parameters<Scalar>(layout)
        try ReferenceParameter.fill(parameters, from: reference.parameters)
        softmax.pack(parameters)
        return (softmax, parameters)
    }

    private func losses<Scalar: KernelScalar>(
        _ softmax: AdaptiveSoftmax<Scalar>, _ x: Matrix<Scalar>, _ reference: Case, rows: [Int]? = nil
    ) -> (losses: [Scalar], predictions: [Int32]) {
        let rows = rows ?? Array(0..<reference.rows)
        var losses = [Scalar](repeating: -7, count: rows.count), predictions = [Int32](repeating: -7, count: rows.count)
        softmax.losses(
            x, targets: rows.map { reference.targets[$0] }, weights: rows.map { Scalar(reference.weights[$0]) },
            losses: &losses,
            predictions: &predictions)
        return (losses, predictions)
    }

    func testEverythingEqualsPyTorch() throws {
        for reference in try readReferences("row_layers.json", References.self).adaptive {
            try check(reference, Double.self, 1e-10)
            try check(reference, Float.self, 1e-5)
        }
    }

    private func check<Scalar: KernelScalar>(_ reference: Case, _: Scalar.Type, _ tolerance: Double) throws {
        let (softmax, parameters) = try layer(reference, Scalar.self)
        let x = Matrix<Scalar>(reference.x, rows: reference.rows)
        let logarithms = softmax.logProbabilities(x).doubles
        XCTAssertLessThanOrEqual(
            relativeError(logarithms, reference.log_probabilities), tolerance, "\(reference.classes)")
        XCTAssertLessThanOrEqual(
            relativeError(losses(softmax, x, reference).losses.map { Double($0) }, reference.losses), tolerance)
        let sharded = ShardedRows(shards: (0..<reference.rows).map { $0 * 5 % 4 })
        var dInput: [Double] = []
        let sums: [Scalar] = sharded.sum(ranks: 1, of: 4, parameters.layout) { _, index, leaves, gradients in
            dInput = softmax.backward(index: index, leaves: leaves, into: gradients).doubles
        }
        XCTAssertLessThanOrEqual(relativeError(dInput, reference.input_gradient), tolerance)
        for (slice, expected) in zip(parameters.layout.dense, reference.parameters) {
            let found = slice.rowMajor(Array(sums[slice.offset..<slice.offset + slice.count])).map { Double($0) }
            XCTAssertLessThanOrEqual(relativeError(found, expected.gradient), tolerance, slice.name)
        }
    }

    func testGradientsAreDerivativesOfTheLoss() throws {
        for reference in try readReferences("row_layers.json", References.self).adaptive.prefix(3) {
            let (softmax, parameters) = try layer(reference, Double.self)
            let x = Matrix<Double>(reference.x, rows: reference.rows)
            let loss = {
                softmax.pack(parameters)
                return self.losses(softmax, x, reference).losses.reduce(0, +)
            }
            let used = parameters.layout.dense.flatMap { $0.offset..<$0.offset + $0.count }
            let numeric = used.map { derivative(parameters.dense, $0, loss) }
            let numericInput = x.storage.elements.indices.map { derivative(x.storage, $0, loss) }
            _ = loss()
            var dInput: [Double] = []
            let sums: [Double] = ShardedRows(shards: (0..<reference.rows).map { $0 % 3 }).sum(
                ranks: 1, of: 4, parameters.layout
            ) {
                dInput = softmax.backward(index: $1, leaves: $2, into: $3).doubles
            }
            XCTAssertLessThanOrEqual(relativeError(used.map { sums[$0] }, numeric), 1e-8)
            XCTAssertLessThanOrEqual(relativeError(dInput, numericInput), 1e-8)
        }
    }

    func testNoBitDependsOnTheNumberOfRanksOrThreads() throws {
        for reference in try readReferences("row_layers.json", References.self).adaptive {
            let sharded = ShardedRows(shards: (0..<reference.rows).map { [0, 7, 3, 3, 12, 15, 8][$0 % 7] })
            var expected: [UInt32]?
            for threads in [1, 3] {
                let (softmax, parameters) = try layer(reference, threads: threads, Float.self)
                let x = Matrix<Float>(reference.x, rows: reference.rows)
                for ranks in [1, 2, 3, 5, 16] {
                    var rowBits = [[UInt32]](repeating: [], count: reference.rows)
                    let sums: [Float] = sharded.sum(ranks: ranks, of: 16, parameters.layout) {
                        rows, index, leaves, gradients in
                        let losses = self.losses(softmax, x.selecting(rows), reference, rows: rows).losses
                        let dInput = softmax.backward(index: index, leaves: leaves, into: gradients)
                        for (i, row) in rows.enumerated() {
                            rowBits[row] =
                                [losses[i].bitPattern] + (0..<dInput.columns).map { dInput[i, $0].bitPattern }
                        }
                    }
                    let used = parameters.layout.dense.flatMap {
                        sums[$0.offset..<$0.offset + $0.count].map(\.bitPattern)
                    }
                    let bits = used + rowBits.flatMap { $0 }
                    XCTAssertEqual(bits, expected ?? bits, "\(ranks) ranks, \(threads) threads")
                    expected = expected ?? bits
                }
            }
        }
    }

    func testPredictionsAreTheBestOfTheHeadAndThenOfItsCluster() throws {
        for reference in try readReferences("row_layers.json", References.self).adaptive {
            let (softmax, _) = try layer(reference, Double.self)
            let x = Matrix<Double>(reference.x, rows: reference.rows)
            let logarithms = softmax.logProbabilities(x), predictions = losses(softmax, x, reference).predictions
            let starts = reference.cutoffs + [reference.classes], shortlist = reference.cutoffs[0]
            for row in 0..<reference.rows {
                let p = (0..<reference.classes).map { exp(logarithms[row, $0]) }
                let clusters = zip(starts, starts.dropFirst()).map { p[$0..<$1].reduce(0, +) }
                let head = Array(p[..<shortlist]) + clusters
                let best = head.indices.max { head[$0] < head[$1] } ?? 0
                var expected = Int32(best)
                if best >= shortlist {
                    let range = starts[best - shortlist]..<starts[best - shortlist + 1]
                    let inCluster = range.contains(Int(reference.targets[row]))
                    expected = inCluster ? Int32(range.max { p[$0] < p[$1] } ?? 0) : -1
                }
                XCTAssertEqual(predictions[row], expected)
            }
        }
    }
}
