import Configuration
import Foundation
import Kernels
import RecurrentNetworks
import XCTest

final class OutputLayerTests: XCTestCase {
    private let classes = 23, width = 6, rows = 9

    private func layer<Scalar: KernelScalar>(
        _ kind: OutputLayer<Scalar>.Kind, threads: Int = 1
    ) -> (layer: OutputLayer<Scalar>, parameters: Parameters<Scalar>) {
        var layout = ParameterLayout()
        _ = layout.addTable("embedding/weight", rows: classes, width: width, .normal(deviation: 1))
        let layer = OutputLayer<Scalar>(
            name: "output", kind, inputSize: width, classes: classes, initializer: .pytorch,
            team: ThreadTeam(count: threads),
            layout: &layout)
        let parameters = Parameters<Scalar>(layout)
        parameters.initialize(seed: 5)
        layer.pack(parameters)
        return (layer, parameters)
    }

    private func input<Scalar: KernelScalar>(_: Scalar.Type) -> (x: Matrix<Scalar>, targets: [Int32]) {
        var random = RandomNumbers(seed: 8)
        let x = Matrix<Scalar>((0..<rows * width).map { _ in Double(Float(2 * random.number())) }, rows: rows)
        return (x, (0..<rows).map { _ in Int32(random.whole(below: classes)) })
    }

    /// The gradient of the dense parameters, then of the whole table.
    private func gradients<Scalar: KernelScalar>(
        _ layer: OutputLayer<Scalar>, _ parameters: Parameters<Scalar>, ranks: Int
    ) -> (dense: [Scalar], rows: [[Scalar]]) {
        let (x, targets) = input(Scalar.self)
        var found = [[Scalar]](repeating: [], count: rows)
        let sums: [Scalar] = ShardedRows(shards: [3, 0, 3, 9, 15, 2, 3, 8, 9]).sum(
            ranks: ranks, of: 16, parameters.layout
        ) {
            let (losses, _) = layer.losses(
                x.selecting($0), targets: $0.map { targets[$0] }, weights: $0.map { 1 + Scalar($0) / 4 }, parameters)
            let dInput = layer.backward(index: $1, leaves: $2, into: $3)
            for (i, row) in $0.enumerated() { found[row] = [losses[i]] + (0..<width).map { dInput[i, $0] } }
        }
        return (sums, found)
    }

    private var kinds: [OutputLayer<Double>.Kind] { [.full, .tied(table: 0), .adaptive(cutoffs: [4, 11], factor: 2)] }

    func testGradientsAreDerivativesOfTheLosses() {
        for kind in kinds {
            let (layer, parameters) = layer(kind) as (OutputLayer<Double>, Parameters<Double>)
            let (x, targets) = input(Double.self)
            let loss = {
                layer.pack(parameters)
                return layer.losses(
                    x, targets: targets, weights: (0..<self.rows).map { 1 + Double($0) / 4 }, parameters
                ).losses.reduce(0, +)
            }
            let used = parameters.layout.dense.flatMap { $0.offset..<$0.offset + $0.count }
            let table = parameters.tables[0].storage
            let numeric = used.map { derivative(parameters.dense, $0, loss) }
            let numericTable = table.elements.indices.map { derivative(table, $0, loss) }
            let numericInput = x.storage.elements.indices.map { derivative(x.storage, $0, loss) }
            layer.pack(parameters)
            let found = gradients(layer, parameters, ranks: 1)
            XCTAssertLessThanOrEqual(relativeError(used.map { found.dense[$0] }, numeric), 1e-8, "\(kind)")
            XCTAssertLessThanOrEqual(
                relativeError(found.rows.flatMap { $0.dropFirst() }, numericInput), 1e-8, "\(kind)")
            guard case .tied = kind else {
                XCTAssertNil(parameters.layout.tiedRanges[0])
                continue
            }
            let tied = parameters.layout.tiedRanges[0].map { $0.map { found.dense[$0] } } ?? []
            XCTAssertLessThanOrEqual(relativeError(tied, numericTable), 1e-8)
            XCTAssertGreaterThan(numericTable.map(abs).max() ?? 0, 0.1)
        }
    }

    func testNoBitDependsOnTheNumberOfRanksOrThreads() {
        for kind in [OutputLayer<Float>.Kind.full, .tied(table: 0), .adaptive(cutoffs: [4, 11], factor: 2)] {
            var expected: [UInt32]?
            for threads in [1, 3] {
                let (layer, parameters) = layer(kind, threads: threads) as (OutputLayer<Float>, Parameters<Float>)
                let used =
                    parameters.layout.dense.flatMap { $0.offset..<$0.offset + $0.count }
                    + (parameters.layout.tiedRanges[0].map(Array.init) ?? [])
                for ranks in [1, 2, 3, 8] {
                    let found = gradients(layer, parameters, ranks: ranks)
                    let bits = (used.map { found.dense[$0] } + found.rows.flatMap { $0 }).map(\.bitPattern)
                    XCTAssertEqual(bits, expected ?? bits, "\(kind), \(ranks) ranks, \(threads) threads")
                    expected = expected ?? bits
                }
            }
        }
    }

    func testDistributionsSumToOneAndAgreeWithTheLosses() {
        for kind in kinds {
            let (layer, parameters) = layer(kind) as (OutputLayer<Double>, Parameters<Double>)
            let (x, targets) = input(Double.self)
            let losses = layer.losses(x, targets: targets, weights: [Double](repeating: 1, count: rows), parameters)
                .losses
            let logarithms = layer.logProbabilities(x, parameters)
            for row in 0..<rows {
                XCTAssertEqual((0..<classes).reduce(0) { $0 + exp(logarithms[row, $1]) }, 1, accuracy: 1e-12)
                XCTAssertEqual(-logarithms[row, Int(targets[row])], losses[row], accuracy: 1e-12)
            }
        }
    }
}
