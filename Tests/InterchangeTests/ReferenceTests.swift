import Configuration
import Foundation
import Interchange
import Kernels
import Tasks
import XCTest

/// Weights of PyTorch and Keras, under their own names, give their own answers here.
final class ReferenceTests: XCTestCase {
    private struct References: Decodable {
        struct Case: Decodable {
            let cell: String
            let directions: Int
            let depth: Int
            let tensors: [String: Tensor]
            let probabilities: [[Float]]
        }
        struct Tensor: Decodable {
            let shape: [Int]
            let values: [Float]
        }
        let texts: [String]
        let cases: [Case]
    }

    private func references(_ framework: String) throws -> References {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "Parity/\(framework).json")
        return try JSONDecoder().decode(References.self, from: Data(contentsOf: url))
    }

    private func layer(_ one: References.Case) throws -> ModelConfiguration.Layer {
        let words = one.cell.split(separator: " ").map(String.init)
        let cell = try XCTUnwrap(ModelConfiguration.CellKind(rawValue: words[0]))
        return ModelFixture.layer(
            cell, 3, bidirectional: one.directions == 2, reset: words.last == "before" ? .before : .after,
            activation: words.last.flatMap { ModelConfiguration.Activation(rawValue: $0) } ?? .tanh)
    }

    private func compare(_ framework: String, _ kind: WeightFile.Kind) throws {
        let references = try references(framework)
        XCTAssertGreaterThanOrEqual(references.cases.count, 12)
        for one in references.cases {
            var fixture = try ModelFixture()
            fixture.configuration.model.input = .embedding(size: 4)
            fixture.configuration.model.layers = Array(repeating: try layer(one), count: one.depth)
            let task = try XCTUnwrap(fixture.task() as? ClassificationTask)
            let tensors = one.tensors.sorted { $0.key < $1.key }.map {
                (name: $0.key, PortableTensor(shape: $0.value.shape, $0.value.values))
            }
            try ModelImport.filling(
                PortableModel(task, subject: "model"), from: WeightFile("file", kind, tensors)
            ).store(into: task.parameters)
            task.parametersChanged()
            for (found, expected) in zip(
                try task.predict(references.texts, top: 2, source: "test"), one.probabilities)
            {
                for ranked in found {
                    let wanted = expected[try XCTUnwrap(task.labels.firstIndex(of: ranked.label))]
                    XCTAssertEqual(ranked.probability, wanted, accuracy: 2e-6, "\(framework) \(one.cell)")
                }
            }
        }
    }

    func testTorchsWeightsGiveTorchsProbabilities() throws { try compare("torch", .safetensors) }

    func testKerasWeightsGiveKerasProbabilities() throws { try compare("keras", .kerasWeights) }
}
