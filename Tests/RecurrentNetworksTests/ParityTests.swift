import Configuration
import Foundation
import Kernels
import RecurrentNetworks
import XCTest

/// Logits, losses and gradients against PyTorch's, stored with the script that made them.
final class ParityTests: XCTestCase {
    private struct References: Decodable {
        var torch: String
        var cases: [Case]
    }

    private struct Case: Decodable {
        struct Layer: Decodable {
            var cell: String, size: Int, bidirectional: Bool, activation: String?, reset: String?
        }
        struct Dense: Decodable { var size: Int, activation: String }
        struct Parameter: Decodable { var name: String, shape: [Int], values: [Double], gradient: [Double] }
        var name: String, input: String, layers: [Layer], readout: String, dense: [Dense], class_weights: [Double]?
        var truncation: Int?, vocabulary: Int, embedding: Int, features: Int, classes: Int
        var ids: [[Int32]]?, values: [[[Double]]]?, labels: [Int], logits: [[Double]], losses: [Double],
            parameters: [Parameter]
    }

    private func references() throws -> [Case] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Parity/references.json")
        let cases = try JSONDecoder().decode(References.self, from: Data(contentsOf: file)).cases
        XCTAssertGreaterThan(cases.count, 100)
        return cases
    }

    func testDoubleEqualsPyTorch() throws {
        for reference in try references() { try check(reference, Double.self, tolerance: 1e-9) }
    }

    func testFloatEqualsPyTorch() throws {
        for reference in try references() { try check(reference, Float.self, tolerance: 1e-5) }
    }

    private func check<Scalar: KernelScalar>(_ reference: Case, _: Scalar.Type, tolerance: Double) throws {
        let network = TestNetwork<Scalar>(
            try model(reference), inputSize: max(reference.vocabulary, reference.features),
            classWeights: reference.class_weights ?? [Double](repeating: 1, count: reference.classes))
        for place in network.places {
            let parameter = try XCTUnwrap(
                reference.parameters.first { $0.name == place.name }, "\(reference.name): \(place.name)")
            XCTAssertEqual(parameter.shape, place.shape, "\(reference.name): \(place.name)")
            place.set(parameter.values)
        }
        XCTAssertEqual(network.places.count, reference.parameters.count, reference.name)
        let examples = reference.labels.enumerated().map { number, label in
            Example(
                tokens: reference.ids?[number] ?? [], features: reference.values?[number] ?? [], label: label,
                shard: [0, 0, 1, 3][number])
        }
        // Dropout is off; truncation acts in evaluation and training alike.
        let pass = Pass(trainingStep: nil, seed: 0, truncation: reference.truncation)
        for ranks in [[[0..<4]], [[0..<1], [1..<2, 2..<4]]] as [[[Range<Int>]]] {
            let outcome = network.run(examples, ranks: ranks, shards: 4, pass: pass)
            compare(
                outcome.logits.flatMap { $0 }, reference.logits.flatMap { $0 }, tolerance, "\(reference.name): logits")
            compare(outcome.losses, reference.losses, tolerance, "\(reference.name): losses")
            for (place, gradient) in zip(network.places, outcome.gradients) {
                let parameter = try XCTUnwrap(reference.parameters.first { $0.name == gradient.name })
                compare(
                    place.rowMajor(gradient.values), parameter.gradient, tolerance,
                    "\(reference.name): \(gradient.name)")
            }
        }
    }

    private func compare<Scalar: KernelScalar>(
        _ values: [Scalar], _ expected: [Double], _ tolerance: Double, _ name: String
    ) {
        XCTAssertLessThanOrEqual(relativeError(values.map { Double($0) }, expected), tolerance, name)
    }

    private func model(_ reference: Case) throws -> ModelConfiguration {
        var model = ModelConfiguration()
        switch reference.input {
        case "one_hot": model.input = .oneHot
        case "embedding": model.input = .embedding(size: reference.embedding)
        default: model.input = .features
        }
        model.readout = try XCTUnwrap(ModelConfiguration.Readout(rawValue: reference.readout))
        model.layers = try reference.layers.map { description in
            var layer = ModelConfiguration.Layer()
            layer.cell = try XCTUnwrap(ModelConfiguration.CellKind(rawValue: description.cell))
            layer.size = description.size
            layer.bidirectional = description.bidirectional
            layer.activation = try XCTUnwrap(ModelConfiguration.Activation(rawValue: description.activation ?? "tanh"))
            layer.reset = try XCTUnwrap(ModelConfiguration.Reset(rawValue: description.reset ?? "after"))
            return layer
        }
        model.dense = try reference.dense.map { description in
            var dense = ModelConfiguration.Dense()
            dense.size = description.size
            dense.activation = try XCTUnwrap(ModelConfiguration.Activation(rawValue: description.activation))
            return dense
        }
        return model
    }
}
