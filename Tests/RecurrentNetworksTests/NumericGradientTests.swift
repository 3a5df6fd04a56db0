import Configuration
import Kernels
import RecurrentNetworks
import TestSupport
import XCTest

/// Gradients against differences of the loss, in Double, for every parameter and every table row.
final class NumericGradientTests: XCTestCase {
    private static let vocabulary = 5, embedding = 3, features = 2, classes = 3

    func testElmanTanh() { checkAll(CellCase(.elman, .tanh)) }
    func testElmanReLU() { checkAll(CellCase(.elman, .relu)) }
    func testElmanSigmoid() { checkAll(CellCase(.elman, .sigmoid)) }
    func testLSTM() { checkAll(CellCase(.lstm)) }
    func testGRUResetAfter() { checkAll(CellCase(.gru, reset: .after)) }
    func testGRUResetBefore() { checkAll(CellCase(.gru, reset: .before)) }

    func testDenseLayersOfEveryActivationOverAMixedStack() {
        var model = CellCase(.lstm).model(.embedding(size: 3), sizes: [4, 3, 2], bidirectional: true, readout: .mean)
        model.layers[1] = CellCase(.gru, reset: .before).model(.oneHot, sizes: [3], bidirectional: false).layers[0]
        model.layers[2] = CellCase(.elman, .relu).model(.oneHot, sizes: [2], bidirectional: true).layers[0]
        model.dense = [(4, .tanh), (3, .relu), (5, .sigmoid)].map {
            (size: Int, activation: ModelConfiguration.Activation) in
            var dense = ModelConfiguration.Dense()
            dense.size = size
            dense.activation = activation
            return dense
        }
        check(model, seed: 5, "mixed stack")
    }

    func testDropoutIsPartOfTheFunctionThatIsDerived() {
        for bidirectional in [false, true] {
            var model = CellCase(.lstm).model(
                .embedding(size: 3), sizes: [4, 3], bidirectional: bidirectional, readout: .mean)
            model.dropout = 0.4
            check(model, seed: 6, "dropout", pass: Pass(trainingStep: 3, seed: 1, truncation: nil))
        }
    }

    func testEveryRegularizerInEveryCell() {
        for cell in CellCase.all {
            let cases = cell.regularized(
                .embedding(size: Self.embedding), sizes: [4, 3], bidirectional: true, readout: .mean)
            for (name, model) in cases {
                check(model, seed: 20, "\(cell.name), \(name)", pass: Pass(trainingStep: 7, seed: 5, truncation: nil))
                if name == "everything" { check(model, seed: 20, "\(cell.name), \(name), evaluation") }
            }
        }
    }

    func testNormalizationAndWeightDropOfOneHotAndNumericInput() {
        for cell in CellCase.all {
            for input in [.oneHot, ModelConfiguration.Input.features] {
                let cases = cell.regularized(input, sizes: [5], bidirectional: false, readout: .last)
                for (name, model) in cases where ["layer normalisation", "weight drop"].contains(name) {
                    check(
                        model, seed: 30, "\(cell.name), \(name), \(input)",
                        pass: Pass(trainingStep: 2, seed: 9, truncation: nil))
                }
            }
        }
    }

    private func checkAll(_ cell: CellCase) {
        let readouts = ModelConfiguration.Readout.allCases
        for bidirectional in [false, true] {
            for depth in 1...3 {
                for (number, input) in [.oneHot, .embedding(size: Self.embedding), ModelConfiguration.Input.features]
                    .enumerated()
                {
                    let readout = readouts[(number + depth + (bidirectional ? 1 : 0)) % 3]
                    let model = cell.model(
                        input, sizes: Array([4, 3, 2][..<depth]), bidirectional: bidirectional, readout: readout)
                    check(
                        model, seed: UInt64(10 * depth + number),
                        "\(cell.name), \(readout), depth \(depth), \(input), \(bidirectional)")
                }
            }
        }
    }

    /// Compares for the first seed whose numbers make a test: every tensor has a gradient, no unit stands at a kink.
    private func check(_ model: ModelConfiguration, seed: UInt64, _ name: String, pass: Pass = .evaluation) {
        for attempt in 0..<20 where compare(model, seed: seed + UInt64(1000 * attempt), name, pass) { return }
        XCTFail("\(name): no seed makes a test")
    }

    private func compare(_ model: ModelConfiguration, seed: UInt64, _ name: String, _ pass: Pass) -> Bool {
        let inputSize = model.input == .features ? Self.features : Self.vocabulary
        // Several examples in a shard, shards in several subtrees, absent shards, an absent subtree.
        let examples = Example.random(
            shards: [1, 1, 1, 2, 5], longest: 5, input: model.input, inputSize: inputSize, classes: Self.classes,
            seed: seed)
        let network = TestNetwork<Double>(model, inputSize: inputSize, classWeights: [1, 0.5, 2])
        network.fill(seed: seed, bound: 0.8)
        let subtrees = SummationTree.subtrees(of: 1..<7)
        let part = network.part(examples, subtrees: subtrees)
        var numeric: [[Double]] = []
        for place in network.places {
            var values: [Double] = []
            for i in place.offset..<place.offset + place.shape.reduce(1, *) {
                let kept = place.storage[i]
                let loss = { (value: Double) in
                    place.storage[i] = value
                    return network.loss(part, examples, pass)
                }
                let wide = derivative(at: kept, step: 4e-4, loss), narrow = derivative(at: kept, step: 1e-4, loss)
                place.storage[i] = kept
                if abs(wide - narrow) > 1e-8 { return false }
                values.append(narrow)
            }
            if values.allSatisfy({ abs($0) < 1e-3 }) { return false }
            numeric.append(values)
        }
        let analytic = network.run(examples, ranks: [subtrees], shards: 8, pass: pass).gradients
        XCTAssertEqual(analytic.map(\.name), network.places.map(\.name))
        for (gradient, values) in zip(analytic, numeric) {
            XCTAssertLessThanOrEqual(relativeError(gradient.values, values), 1e-7, "\(name): \(gradient.name)")
        }
        return true
    }

    /// Five-point stencil: the error is of fourth order in the step.
    private func derivative(at x: Double, step h: Double, _ f: (Double) -> Double) -> Double {
        (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)
    }
}
