import Configuration
import Kernels
import RecurrentNetworks
import SequenceData
import Tasks
import TestSupport
import XCTest

/// Gradients of whole networks that emit sequences against differences of the loss, in Double.
final class DecoderGradientTests: XCTestCase {
    private let pairs = SentencePairs(
        source: [[2, 3, 4], [5], [3, 3, 1, 2, 4], [4, 2], [5, 5, 2]],
        target: [[2], [3, 4, 2, 1], [5, 2], [], [4, 4, 3]])
    private let shards = [0, 0, 1, 2, 2]

    private func layer(_ cell: ModelConfiguration.CellKind, _ size: Int, bidirectional: Bool = false)
        -> ModelConfiguration.Layer
    {
        var layer = ModelConfiguration.Layer()
        layer.cell = cell
        layer.size = size
        layer.bidirectional = bidirectional
        return layer
    }

    func testTranslationsOfEveryCellWithEveryAttention() {
        for (number, attention) in ModelConfiguration.Attention.allCases.enumerated() {
            for (place, cell) in ModelConfiguration.CellKind.allCases.enumerated() {
                var model = ModelConfiguration()
                model.input = place == number ? .oneHot : .embedding(size: 3)
                model.attention = attention
                model.layers = [layer(cell, 2, bidirectional: true), layer(cell, 3)]
                model.decoderLayers = [layer(.lstm, 4), layer(cell, 3)]
                checkTranslation(model, .evaluation, "\(attention) \(cell)")
            }
        }
    }

    func testStatesTakenOverAsTheyAre() {
        var model = ModelConfiguration()
        model.input = .embedding(size: 3)
        model.layers = [layer(.lstm, 3), layer(.gru, 2)]
        XCTAssertFalse(
            TranslationNetwork<Double>(model, sourceTokens: 6, targetTokens: 6, team: ThreadTeam(count: 1)).layout.dense
            .contains { $0.name.hasPrefix("bridge/") })
        checkTranslation(model, .evaluation, "direct")
    }

    func testMoreLayersInTheDecoderThanInTheEncoder() {
        var model = ModelConfiguration()
        model.input = .embedding(size: 3)
        model.layers = [layer(.gru, 3, bidirectional: true)]
        model.decoderLayers = [layer(.lstm, 3), layer(.gru, 2), layer(.elman, 2)]
        checkTranslation(model, .evaluation, "deeper decoder")
    }

    func testDropoutIsPartOfTheFunctionThatIsDerived() {
        var model = ModelConfiguration()
        model.input = .embedding(size: 4)
        model.layers = [layer(.gru, 3, bidirectional: true), layer(.gru, 4)]
        model.dropout = 0.3
        checkTranslation(model, Pass(trainingStep: 4, seed: 2, truncation: nil), "dropout")
    }

    func testEveryRegularizerIsPartOfTheFunctionThatIsDerived() {
        for attention in ModelConfiguration.Attention.allCases {
            var model = ModelConfiguration()
            model.input = .embedding(size: 4)
            model.attention = attention
            model.layers = [layer(.gru, 3, bidirectional: true), layer(.lstm, 4)].map(regularized)
            model.decoderLayers = [layer(.lstm, 4), layer(.gru, 3)].map(regularized)
            regularize(&model)
            checkTranslation(model, Pass(trainingStep: 4, seed: 2, truncation: nil), "\(attention)", penalties: (2, 1))
        }
    }

    private func regularized(_ layer: ModelConfiguration.Layer) -> ModelConfiguration.Layer {
        var layer = layer
        (layer.zoneout, layer.layerNorm) = (0.2, layer.cell == .lstm)
        return layer
    }

    private func regularize(_ model: inout ModelConfiguration) {
        (model.dropout, model.dropoutKind, model.inputDropout) = (0.2, .variational, 0.1)
        (model.embeddingDropout, model.weightDrop) = (0.2, 0.3)
    }

    func testCaptions() {
        for cell in ModelConfiguration.CellKind.allCases {
            var model = ModelConfiguration()
            model.input = .embedding(size: 3)
            model.layers = [layer(cell, 3), layer(.lstm, 2)]
            checkCaptions(model, .evaluation, "\(cell)", penalties: (0, 0))
            regularize(&model)
            model.layers = model.layers.map(regularized)
            checkCaptions(
                model, Pass(trainingStep: 1, seed: 2, truncation: nil), "\(cell), regularised", penalties: (1, 2))
        }
    }

    private func checkCaptions(
        _ model: ModelConfiguration, _ pass: Pass, _ name: String, penalties: (activations: Double, changes: Double)
    ) {
        let network = CaptionNetwork<Double>(
            model, featureWidth: 4, tokens: 6, penalties: penalties, team: ThreadTeam(count: 1))
        let target = TargetRows(Batch(pairs.target, Array(0..<5), shards, subtrees: [0..<4]))
        let features = Matrix<Double>(rows: 5, columns: 4)
        for i in 0..<20 { features.storage[i] = Double(i * 7 % 11) / 6 - 0.8 }
        let parameters = Parameters<Double>(network.layout)
        check(parameters, name) { gradients in
            network.pack(parameters)
            let logits = network.forward(target, features, pass, parameters)
            let loss = self.losses(logits, target)
            network.backward(logits, target, pass, parameters, into: gradients)
            return loss + network.decoder.penalties.total
        }
    }

    private func checkTranslation(
        _ model: ModelConfiguration, _ pass: Pass, _ name: String,
        penalties: (activations: Double, changes: Double) = (0, 0)
    ) {
        let network = TranslationNetwork<Double>(
            model, sourceTokens: 6, targetTokens: 6, penalties: penalties, team: ThreadTeam(count: 1))
        let parameters = Parameters<Double>(network.layout)
        let plan = EpochPlan(evaluating: pairs.lengths, batchSize: 5, shards: 4)
        let batch = PairBatch(pairs, plan, step: 0, shards: 0..<4, subtrees: [0..<4])
        check(parameters, name) { gradients in
            network.pack(parameters)
            let logits = network.forward(batch, pass, parameters)
            let loss = self.losses(logits, batch.target)
            network.backward(logits, batch, pass, parameters, into: gradients)
            return loss + network.decoder.penalties.total
        }
    }

    /// The summed loss with smoothing; leaves its gradient in place of the logits.
    private func losses(_ logits: Matrix<Double>, _ target: TargetRows) -> Double {
        let count = target.targets.count
        var losses = [Double](repeating: 0, count: count), predictions = [Int32](repeating: 0, count: count)
        softmaxCrossEntropy(
            logits, targets: target.targets, weights: [Double](repeating: 1, count: count), smoothing: 0.1,
            losses: &losses,
            predictions: &predictions)
        return losses.reduce(0, +)
    }

    /// - Parameter objective: The loss with its penalties; leaves its gradients.
    private func check(_ parameters: Parameters<Double>, _ name: String, _ objective: (Gradients<Double>) -> Double) {
        let layout = parameters.layout
        let stream = RandomStream(seed: 3, purpose: .sampling)
        var drawn: UInt64 = 0
        func draw() -> Double {
            drawn += 1
            return 3 * stream.uniform(drawn) - 1.5
        }
        for slice in layout.dense { for i in 0..<slice.count { parameters.dense[slice.offset + i] = draw() } }
        for table in parameters.tables { for i in 0..<table.storage.count { table.storage[i] = draw() } }
        let gradients = Gradients<Double>(layout, subtrees: 1)
        assertStagesAreComplete(gradients, of: layout, name) { _ = objective(gradients) }
        var places = layout.dense.map { slice in
            (
                slice.name, parameters.dense, slice.offset,
                (0..<slice.count).map { gradients.dense[0][slice.offset + $0] }
            )
        }
        for (number, slice) in layout.tables.enumerated() {
            var full = [Double](repeating: 0, count: slice.rows * slice.width)
            let sparse = gradients.tables[number][0]
            for (row, id) in sparse.ids.enumerated() {
                for c in 0..<slice.width { full[Int(id) * slice.width + c] = sparse.rows[row, c] }
            }
            places.append((slice.name, parameters.tables[number].storage, 0, full))
        }
        let unused = Gradients<Double>(layout, subtrees: 1)
        for (tensor, storage, offset, analytic) in places {
            var largest = 0.0, error = 0.0
            for (i, value) in analytic.enumerated() {
                let kept = storage[offset + i], h = 1.2e-4
                func at(_ shift: Double) -> Double {
                    storage[offset + i] = kept + shift
                    defer { storage[offset + i] = kept }
                    return objective(unused)
                }
                let numeric = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
                largest = max(largest, abs(numeric))
                error = max(error, abs(numeric - value))
            }
            XCTAssertGreaterThan(largest, 1e-5, "\(name): \(tensor) has a gradient")
            XCTAssertLessThanOrEqual(error, max(1e-7 * largest, 1e-10), "\(name): \(tensor)")
        }
    }
}
