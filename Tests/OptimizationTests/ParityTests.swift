import Configuration
import Foundation
import Kernels
import Optimization
import XCTest

/// Parameters after each step against PyTorch's, stored with the script that made them.
final class ParityTests: XCTestCase {
    private struct References: Decodable {
        var start: [Double], gradients: [[Double]], cases: [Case]
    }

    private struct Case: Decodable {
        struct Settings: Decodable {
            var beta1: Double?, beta2: Double?, epsilon: Double?, weight_decay: Double?, momentum: Double?,
                nesterov: Bool?
            var alpha: Double?, initial_accumulator: Double?, trigger_step: Int?
            var sparse_rows: String?
        }
        var name: String, optimizer: String, settings: Settings, learning_rates: [Double], parameters: [[Double]],
            averages: [[Double]]?

        func configuration() throws -> OptimizerConfiguration {
            var configuration = OptimizerConfiguration()
            configuration.name = try XCTUnwrap(OptimizerConfiguration.Name(rawValue: optimizer))
            configuration.beta1 = settings.beta1 ?? configuration.beta1
            configuration.beta2 = settings.beta2 ?? configuration.beta2
            configuration.epsilon = settings.epsilon
            configuration.weightDecay = settings.weight_decay
            configuration.momentum = settings.momentum ?? configuration.momentum
            configuration.nesterov = settings.nesterov ?? configuration.nesterov
            configuration.triggerStep = settings.trigger_step
            if settings.sparse_rows == "lazy" { configuration.sparseRows = .lazy }
            configuration.alpha = settings.alpha ?? configuration.alpha
            configuration.initialAccumulator = settings.initial_accumulator ?? configuration.initialAccumulator
            return configuration
        }
    }

    /// The element with gradients a thousand times as large as the others'.
    private let large = 1
    private let team = ThreadTeam(count: 1)

    private func references() throws -> References {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Parity/references.json")
        let references = try JSONDecoder().decode(References.self, from: Data(contentsOf: file))
        XCTAssertGreaterThan(references.cases.count, 20)
        return references
    }

    func testDenseParametersFollowPyTorch() throws {
        let references = try references()
        for reference in references.cases where reference.settings.sparse_rows == nil {
            let optimizer = Optimizer(try reference.configuration(), denseCount: references.start.count, tables: [])
            let values = AlignedBuffer(references.start.map { Float($0) })
            for (step, gradient) in references.gradients.enumerated() {
                optimizer.update(
                    dense: values, gradient: AlignedBuffer(gradient.map { Float($0) }), tables: [], tableGradients: [],
                    scale: 1,
                    learningRate: reference.learning_rates[step], team: team)
                compare(values, reference.parameters[step], "\(reference.name), step \(step + 1)")
                guard let averages = reference.averages?[step] else { continue }
                let raw = values.bits
                optimizer.exchangeAverages(dense: values, tables: [], isTrained: [])
                // PyTorch's averages before the trigger are the values, as ours are.
                compare(values, averages, "\(reference.name), averages of step \(step + 1)")
                XCTAssertEqual(optimizer.hasAverages, step + 1 > (reference.settings.trigger_step ?? 0))
                optimizer.exchangeAverages(dense: values, tables: [], isTrained: [])
                XCTAssertEqual(values.bits, raw)
            }
        }
    }

    /// Each element is a row of its own: rows without a gradient wait until somebody reads them.
    func testRowsOfATableFollowPyTorchWheneverTheyAreRead() throws {
        let references = try references()
        for reference in references.cases {
            var ends: [[UInt32]] = []
            for readingEvery in [1, 3, references.gradients.count] {
                let (optimizer, table) = try tableOptimizer(reference, references.start)
                for (step, numbers) in references.gradients.enumerated() {
                    update(
                        optimizer, table, numbers, touched: numbers.indices.filter { numbers[$0] != 0 },
                        reference.learning_rates[step])
                    guard (step + 1) % readingEvery == 0 else { continue }
                    optimizer.bringCurrent(table: 0, table, ids: nil)
                    compare(table.storage, reference.parameters[step], "\(reference.name), step \(step + 1)")
                }
                let moments = optimizer.currentMoments(table: 0, width: 1)
                ends.append(
                    [table.storage.elements.map { $0 }, moments.first ?? [], moments.second ?? []].flatMap { $0 }.map(
                        \.bitPattern))
            }
            XCTAssertEqual(ends[1], ends[0], reference.name)
            XCTAssertEqual(ends[2], ends[0], reference.name)
        }
    }

    func testRowsWithAGradientInEveryStepHaveTheBitsOfDenseParameters() throws {
        let references = try references()
        // Lazy rows have their own ε.
        for reference in references.cases where reference.settings.sparse_rows == nil {
            let dense = AlignedBuffer(references.start.map { Float($0) })
            let (optimizer, table) = try tableOptimizer(reference, references.start)
            for (step, numbers) in references.gradients.enumerated() {
                update(
                    optimizer, table, numbers, touched: Array(numbers.indices), reference.learning_rates[step],
                    dense: dense)
                XCTAssertEqual(table.storage.bits, dense.bits, "\(reference.name), step \(step + 1)")
            }
            let moments = optimizer.tables[0].moments
            XCTAssertEqual(moments.first?.bits, optimizer.denseMoments.first?.bits, reference.name)
            XCTAssertEqual(moments.second?.bits, optimizer.denseMoments.second?.bits, reference.name)
        }
    }

    private func tableOptimizer(_ reference: Case, _ start: [Double]) throws -> (Optimizer, Matrix<Float>) {
        let count = start.count
        return (
            Optimizer(try reference.configuration(), denseCount: count, tables: [(rows: count, width: 1)]),
            Matrix(AlignedBuffer(start.map { Float($0) }), rows: count, columns: 1)
        )
    }

    private func update(
        _ optimizer: Optimizer, _ table: Matrix<Float>, _ gradient: [Double], touched: [Int], _ learningRate: Double,
        dense: AlignedBuffer<Float>? = nil
    ) {
        let rows = Matrix(AlignedBuffer(touched.map { Float(gradient[$0]) }), rows: touched.count, columns: 1)
        optimizer.update(
            dense: dense ?? AlignedBuffer(count: gradient.count), gradient: AlignedBuffer(gradient.map { Float($0) }),
            tables: [table],
            tableGradients: [SparseRows(ids: touched.map { Int32($0) }, rows: rows)], scale: 1,
            learningRate: learningRate, team: team)
    }

    /// Only weight decay moves rows without a gradient.
    func testOnlyWeightDecayUpdatesAllRows() throws {
        for reference in try references().cases {
            let configuration = try reference.configuration()
            XCTAssertEqual(
                Optimizer(configuration, denseCount: 0, tables: []).updatesAllRows,
                ["adamw", "asgd"].contains(reference.optimizer) || configuration.weightDecay != nil, reference.name)
        }
    }

    private func compare(_ found: AlignedBuffer<Float>, _ expected: [Double], _ name: String) {
        let ordinary = expected.indices.filter { $0 != large }
        for group in [[large], ordinary] {
            let scale = group.map { abs(expected[$0]) }.max() ?? 0
            for i in group {
                XCTAssertEqual(Double(found[i]), expected[i], accuracy: 1e-5 * scale, "\(name), element \(i)")
            }
        }
    }
}
