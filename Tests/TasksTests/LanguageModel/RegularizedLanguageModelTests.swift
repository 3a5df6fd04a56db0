import Configuration
import Kernels
import RecurrentNetworks
import Tasks
import XCTest

/// Output layers, penalties and dropout of a language model: gradients against differences of the whole objective.
final class RegularizedLanguageModelTests: XCTestCase {
    private let packed = PackedSequences(lengths: [4, 4, 2], shards: [0, 1, 1], subtreeShards: [0..<2])
    private let tokens = 9

    private var models: [(name: String, model: ModelConfiguration)] {
        let changes: [(String, (inout ModelConfiguration) -> Void)] = [
            ("full", { _ in }), ("tied", { $0.output.tied = true }),
            ("adaptive", { ($0.output.softmax, $0.output.cutoffs, $0.output.factor) = (.adaptive, [4, 6], 2) }),
        ]
        return changes.map { name, change in
            var model = ModelConfiguration()
            model.input = .embedding(size: 4)
            model.layers = [5, 4].map { size in
                var layer = ModelConfiguration.Layer()
                (layer.cell, layer.size, layer.zoneout, layer.layerNorm) = (.lstm, size, 0.1, size == 5)
                return layer
            }
            (model.dropout, model.dropoutKind, model.inputDropout) = (0.2, .variational, 0.1)
            (model.embeddingDropout, model.weightDrop) = (0.1, 0.3)
            change(&model)
            return (name, model)
        }
    }

    func testGradientsAreDerivativesOfLossAndPenalties() throws {
        for (name, model) in models {
            let network = try LanguageModelNetwork<Double>(
                model, tokens: tokens, penalties: (activations: 2, changes: 1), team: ThreadTeam(count: 1))
            let parameters = Parameters<Double>(network.layout)
            parameters.initialize(seed: 11)
            let input = SequenceInput<Double>(
                packed: packed, tokens: AlignedBuffer((0..<Int32(packed.rows)).map { $0 * 5 % 8 }), features: nil,
                examples: AlignedBuffer([0, 1, 2]))
            let targets = (0..<packed.rows).map { Int32(($0 * 4 + 3) % tokens) }
            let pass = Pass(trainingStep: 6, seed: 2, truncation: nil),
                gradients = Gradients<Double>(network.layout, subtrees: 1)
            func objective() -> Double {
                network.pack(parameters)
                network.forward(input, pass, parameters, initial: nil)
                let losses = network.losses(targets: targets, parameters).losses
                network.backward(input, pass, into: gradients)
                return losses.reduce(0, +) + network.penalties.total
            }
            func slope(_ storage: AlignedBuffer<Double>, _ i: Int) -> Double {
                let kept = storage[i], h = 1e-4
                func value(_ x: Double) -> Double {
                    storage[i] = x
                    return objective()
                }
                defer { storage[i] = kept }
                return (8 * (value(kept + h) - value(kept - h)) - (value(kept + 2 * h) - value(kept - 2 * h)))
                    / (12 * h)
            }
            let numericDense = network.layout.dense.map { slice in
                (slice.offset..<slice.offset + slice.count).map { slope(parameters.dense, $0) }
            }
            let table = parameters.tables[0].storage, numericTable = (0..<table.count).map { slope(table, $0) }
            _ = objective()
            XCTAssertGreaterThan(network.penalties.total, 0.1)
            for (slice, numeric) in zip(network.layout.dense, numericDense) {
                compare(
                    (slice.offset..<slice.offset + slice.count).map { gradients.dense[0][$0] }, numeric,
                    "\(name): \(slice.name)")
            }
            let all = Matrix<Double>(rows: tokens, columns: 4)
            if let range = network.layout.tiedRanges[0] {
                for (i, place) in range.enumerated() { all.storage[i] = gradients.dense[0][place] }
            }
            addRows(gradients.tables[0][0], to: all)
            compare(Array(all.storage.elements), numericTable, "\(name): embedding")
            XCTAssertEqual(network.layout.tiedRanges[0] != nil, name == "tied")
        }
    }

    private func compare(_ analytic: [Double], _ numeric: [Double], _ name: String) {
        let scale = analytic.map(abs).max() ?? 0
        XCTAssertGreaterThan(scale, 1e-4, name)
        for (a, b) in zip(analytic, numeric) { XCTAssertEqual(a, b, accuracy: 1e-7 * scale, name) }
    }

    func testACutoffBeyondTheVocabularyIsRefused() {
        var model = models[2].model
        model.output.cutoffs = [4, 9]
        XCTAssertThrowsError(try LanguageModelNetwork<Float>(model, tokens: tokens, team: ThreadTeam(count: 1))) {
            XCTAssertEqual(
                "\($0)",
                "model.output.cutoffs: a cluster begins at 9, expected less than the 9 entries of the vocabulary")
        }
    }
}
