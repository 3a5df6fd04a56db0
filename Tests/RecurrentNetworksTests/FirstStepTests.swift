import Configuration
import Foundation
import Kernels
import RecurrentNetworks
import XCTest

/// One step from states of zero, against the formulae written out.
final class FirstStepTests: XCTestCase {
    private let x = 0.7, label = 1

    /// The logits of one step over one feature, hidden size 1, and the parameters by name.
    private func run(_ cell: CellCase) -> (logits: [Double], p: [String: [Double]]) {
        let network = TestNetwork<Double>(
            cell.model(.features, sizes: [1], bidirectional: false), inputSize: 1, classWeights: [1, 1])
        network.fill(seed: 8, bound: 1)
        var p: [String: [Double]] = [:]
        for place in network.places {
            p[place.name] = place.values
        }
        let example = Example(features: [[x]], label: label, shard: 0)
        return (network.run([example], ranks: [[0..<1]], shards: 1, pass: .evaluation).logits[0], p)
    }

    private func check(_ cell: CellCase, _ state: (_ a: [Double], _ p: [String: [Double]]) throws -> Double) throws {
        let (logits, p) = run(cell)
        let weight = try XCTUnwrap(p["layers/0/forward/input_weight"]), bias = try XCTUnwrap(p["layers/0/forward/bias"])
        let h = try state(zip(weight, bias).map { x * $0 + $1 }, p)
        let w = try XCTUnwrap(p["output/weight"]), b = try XCTUnwrap(p["output/bias"])
        for k in 0..<2 { XCTAssertEqual(logits[k], h * w[k] + b[k], accuracy: 1e-14, cell.name) }
    }

    private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    func testTheFirstStepOfEveryCellByHand() throws {
        try check(CellCase(.lstm)) { a, _ in sigmoid(a[3]) * tanh(sigmoid(a[0]) * tanh(a[2])) }
        try check(CellCase(.gru, reset: .after)) { a, p in
            let candidateBias = try XCTUnwrap(p["layers/0/forward/recurrent_bias"])[0]
            return (1 - sigmoid(a[1])) * tanh(a[2] + sigmoid(a[0]) * candidateBias)
        }
        try check(CellCase(.gru, reset: .before)) { a, _ in (1 - sigmoid(a[1])) * tanh(a[2]) }
        try check(CellCase(.elman, .tanh)) { a, _ in tanh(a[0]) }
        try check(CellCase(.elman, .relu)) { a, _ in max(0, a[0]) }
        try check(CellCase(.elman, .sigmoid)) { a, _ in sigmoid(a[0]) }
    }

    func testStatesOfOneBatchDoNotReachTheNext() {
        for cell in CellCase.all {
            let model = cell.model(.features, sizes: [5, 3], bidirectional: true, readout: .mean)
            let network = TestNetwork<Float>(model, inputSize: 2, classWeights: [1, 1])
            network.fill(seed: 2, bound: 0.7)
            let short = Example.random(shards: [0, 1], longest: 3, input: .features, inputSize: 2, classes: 2, seed: 1)
            let long = Example.random(
                shards: [0, 0, 1, 3, 3], longest: 30, input: .features, inputSize: 2, classes: 2, seed: 2)
            func bits(_ examples: [Example]) -> [[UInt32]] {
                let outcome = network.run(examples, ranks: [[0..<4]], shards: 4, pass: .evaluation)
                return (outcome.logits + outcome.gradients.map(\.values)).map { $0.map(\.bitPattern) }
            }
            let first = bits(short)
            _ = bits(long)
            XCTAssertEqual(bits(short), first, cell.name)
        }
    }
}
