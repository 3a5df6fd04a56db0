import Configuration
import Kernels
import Optimization
import XCTest

/// Stretches that stand for the sum of two parameters with equal gradients.
final class DoubledParametersTests: XCTestCase {
    private let count = 10_000
    /// One on both sides of where threads part, one of a single element, one at the very end.
    private let doubled = [100..<137, 4000..<4200, 8192..<8193, 9990..<10_000]
    private let numbers = Numbers(1), steps = 12

    private func run(
        _ configuration: OptimizerConfiguration, doubled: [Range<Int>], start: (Int) -> Float, threads: Int = 1
    ) -> (values: AlignedBuffer<Float>, optimizer: Optimizer) {
        let optimizer = Optimizer(configuration, denseCount: count, doubled: doubled, tables: [])
        let values = AlignedBuffer((0..<count).map(start)), team = ThreadTeam(count: threads)
        for step in 1...steps {
            // Some steps have no gradient in a third of the elements.
            let gradient = AlignedBuffer((0..<count).map { ($0 + step) % 3 == 0 ? 0 : numbers.value($0, step) })
            optimizer.update(
                dense: values, gradient: gradient, tables: [], tableGradients: [], scale: 0.5,
                learningRate: configuration.learningRate / Double(step), team: team)
        }
        return (values, optimizer)
    }

    func testADoubledParameterIsTheSumOfTwoKeptApart() {
        for (name, configuration) in UpdateCases.all {
            // L2 decay makes the moments of unequal halves differ, which one moment cannot stand for unless the rule
            // is linear.
            let isEqual =
                (configuration.weightDecay ?? 0) != 0 && configuration.name != .sgd && configuration.name != .adamw
            let first = { self.numbers.value($0) },
                second = { isEqual ? self.numbers.value($0) : self.numbers.value($0, 99) }
            let a = run(configuration, doubled: [], start: first).values
            let b = run(configuration, doubled: [], start: second).values
            let sum = run(configuration, doubled: doubled, start: { first($0) + second($0) }).values
            for stretch in doubled {
                for i in stretch { XCTAssertEqual(sum[i], a[i] + b[i], accuracy: 5e-6, "\(name), element \(i)") }
            }
        }
    }

    func testNeighboursOfADoubledStretchMoveAsIfItWereNotThere() {
        for (name, configuration) in UpdateCases.all {
            let with = run(configuration, doubled: doubled, start: { self.numbers.value($0) })
            let without = run(configuration, doubled: [], start: { self.numbers.value($0) })
            for i in 0..<count {
                let isDoubled = doubled.contains { $0.contains(i) }
                let moved = with.values[i].bitPattern != without.values[i].bitPattern
                // Every element has a gradient in some step, so each doubled one has moved further.
                XCTAssertEqual(moved, isDoubled, "\(name), element \(i)")
                if moved != isDoubled { break }
            }
        }
    }

    func testTheNumberOfThreadsChangesNoBit() {
        for (name, configuration) in UpdateCases.all {
            let one = run(configuration, doubled: doubled, start: { self.numbers.value($0) })
            for threads in [2, 3, 5] {
                let many = run(configuration, doubled: doubled, start: { self.numbers.value($0) }, threads: threads)
                XCTAssertEqual(many.values.bits, one.values.bits, "\(name), \(threads) threads")
                XCTAssertEqual(many.optimizer.denseMoments.first?.bits, one.optimizer.denseMoments.first?.bits, name)
                XCTAssertEqual(many.optimizer.denseMoments.second?.bits, one.optimizer.denseMoments.second?.bits, name)
            }
        }
    }
}
