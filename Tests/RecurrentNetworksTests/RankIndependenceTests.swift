import Configuration
import Kernels
import RecurrentNetworks
import TestSupport
import XCTest

final class RankIndependenceTests: XCTestCase {
    private static let shards = [0, 0, 1, 3, 3, 3, 4, 7, 8, 8, 9, 12, 14, 15, 15]

    func testNoBitDependsOnTheNumberOfRanksOrThreads() {
        for cell in CellCase.all {
            for (number, input) in [.oneHot, .embedding(size: 9), ModelConfiguration.Input.features].enumerated() {
                for truncation in [nil, 3] {
                    var model = cell.model(
                        input, sizes: [19, 6], bidirectional: true, readout: ModelConfiguration.Readout.allCases[number]
                    )
                    model.dropout = 0.3
                    model.dense = [ModelConfiguration.Dense()]
                    check(model, seed: UInt64(number), truncation, "\(cell.name), \(input)")
                }
            }
        }
    }

    func testNoBitDependsOnTheNumberOfRanksInOneDirection() {
        for cell in CellCase.all {
            var model = cell.model(.embedding(size: 9), sizes: [19, 33], bidirectional: false)
            model.dropout = 0.3
            for truncation in [nil, 3] { check(model, seed: 3, truncation, "\(cell.name) one way") }
        }
    }

    func testNoBitDependsOnTheNumberOfRanksWithEveryRegularizer() {
        for cell in CellCase.all {
            for bidirectional in [false, true] {
                for (name, model) in cell.regularized(
                    .embedding(size: 9), sizes: [19, 33], bidirectional: bidirectional, readout: .mean)
                {
                    for truncation in [nil, 3] { check(model, seed: 8, truncation, "\(cell.name), \(name)") }
                }
            }
        }
    }

    private func check(_ model: ModelConfiguration, seed: UInt64, _ truncation: Int?, _ name: String) {
        let inputSize = 7, pass = Pass(trainingStep: 12, seed: 4, truncation: truncation)
        let examples = Example.random(
            shards: Self.shards, longest: 9, input: model.input, inputSize: inputSize, classes: 4, seed: seed)
        let networks = [1, 2].map { threads in
            TestNetwork<Float>(model, inputSize: inputSize, classWeights: [1, 0.5, 2, 1], threads: threads)
        }
        for network in networks { network.fill(seed: seed, bound: 0.5) }
        let expected = bits(networks[0].run(examples, ranks: ranks(1), shards: 16, pass: pass))
        for (threads, network) in zip(1..., networks) {
            for count in [1, 2, 3, 4, 8] {
                let outcome = network.run(examples, ranks: ranks(count), shards: 16, pass: pass)
                XCTAssertEqual(bits(outcome), expected, "\(name), \(count) ranks, \(threads) threads")
            }
        }
    }

    private func ranks(_ count: Int) -> [[Range<Int>]] {
        (0..<count).map { SummationTree.subtrees(of: $0 * 16 / count..<($0 + 1) * 16 / count) }
    }

    private func bits(_ outcome: Outcome<Float>) -> [[UInt32]] {
        (outcome.logits + [outcome.losses] + outcome.gradients.map(\.values)).map { $0.map(\.bitPattern) }
    }
}
