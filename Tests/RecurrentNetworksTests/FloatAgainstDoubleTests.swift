import Configuration
import Kernels
import RecurrentNetworks
import XCTest

final class FloatAgainstDoubleTests: XCTestCase {
    func testTheFastPathEqualsTheDoublePath() {
        for cell in CellCase.all {
            for (number, sizes) in [[16], [17, 33], [64, 50]].enumerated() {
                let readout = ModelConfiguration.Readout.allCases[number % 2]
                for bidirectional in [false, true] {
                    let model = cell.model(
                        .embedding(size: 20), sizes: sizes, bidirectional: bidirectional, readout: readout)
                    let examples = Example.random(
                        shards: [0, 0, 1, 2, 3, 3, 3], longest: 20, input: model.input, inputSize: 30, classes: 5,
                        seed: 9)
                    let single = outcome(model, examples, Float.self), double = outcome(model, examples, Double.self)
                    let name = "\(cell.name) \(sizes) \(bidirectional)"
                    compare(single.logits.flatMap { $0 }, double.logits.flatMap { $0 }, "\(name): logits")
                    compare(single.losses, double.losses, "\(name): losses")
                    for (a, b) in zip(single.gradients, double.gradients) {
                        compare(a.values, b.values, "\(name): \(a.name)")
                    }
                }
            }
        }
    }

    private func outcome<Scalar: KernelScalar>(_ model: ModelConfiguration, _ examples: [Example], _: Scalar.Type)
        -> Outcome<Scalar>
    {
        let network = TestNetwork<Scalar>(model, inputSize: 30, classWeights: [1, 1, 1, 1, 1])
        network.parameters.initialize(seed: 3)
        var outcome = network.run(examples, ranks: [[0..<4]], shards: 4, pass: .evaluation)
        for (number, place) in network.places.enumerated() {
            outcome.gradients[number].values = place.rowMajor(outcome.gradients[number].values)
        }
        return outcome
    }

    private func compare(_ a: [Float], _ b: [Double], _ name: String) {
        XCTAssertLessThanOrEqual(relativeError(a.map { Double($0) }, b), 1e-5, name)
    }
}
