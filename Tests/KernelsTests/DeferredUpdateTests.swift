import Kernels
import XCTest

/// Rows updated when somebody looks against rows updated in every step.
final class DeferredUpdateTests: XCTestCase {
    private static let rules: [UpdateRule] = [
        .sgd(momentum: 0, nesterov: false), .sgd(momentum: 0.9, nesterov: false), .sgd(momentum: 0.9, nesterov: true),
        .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0),
        .adam(beta1: 0.95, beta2: 0.9, epsilon: 1e-6, decay: 0),
        .adam(beta1: 0, beta2: 0.999, epsilon: 1e-8, decay: 0),
        .rmsprop(alpha: 0.99, epsilon: 1e-8, momentum: 0), .rmsprop(alpha: 0.99, epsilon: 1e-8, momentum: 0.9),
        .adagrad(epsilon: 1e-10),
    ]

    override func setUp() { Processor.setFloatingPointEnvironment() }

    func testDeferredRowsHaveTheBitsOfRowsUpdatedInEveryStep() {
        for (number, rule) in Self.rules.enumerated() {
            for width in [5, 16, 20, 64] {
                let plan = UpdatePlan<Float>(count: 600, width: width, seed: UInt64(number))
                let (deferred, eager) = pair(rule, width)
                for step in plan.steps {
                    deferred.update(step.gradient, learningRate: step.learningRate)
                    eager.update(step.gradient, learningRate: step.learningRate)
                    eager.read(nil)
                }
                deferred.read(nil)
                XCTAssertEqual(deferred.bits, eager.bits, "\(rule), width \(width)")
            }
        }
    }

    func testLookingAtRowsInBetweenChangesNoLaterBit() {
        for (number, rule) in Self.rules.enumerated() {
            let plan = UpdatePlan<Float>(count: 600, width: 20, seed: UInt64(number))
            let (undisturbed, watched) = pair(rule, 20)
            var random = RandomNumbers(seed: 77)
            for step in plan.steps {
                undisturbed.update(step.gradient, learningRate: step.learningRate)
                if random.happens(0.2) {
                    watched.read((0..<12).filter { _ in random.happens(0.3) })
                } else if random.happens(0.02) {
                    watched.settle()
                }
                watched.update(step.gradient, learningRate: step.learningRate)
            }
            undisturbed.read(nil)
            watched.read(nil)
            XCTAssertEqual(undisturbed.bits, watched.bits, "\(rule)")
        }
    }

    func testRowsUntouchedForThousandsOfStepsKeepTheirBits() {
        for rule in Self.rules {
            let (deferred, eager) = pair(rule, 20)
            let ones = Matrix<Float>(AlignedBuffer((0..<20).map { Float($0) - 9.5 }), rows: 1, columns: 20)
            for number in 1...3000 {
                // A late rise of the learning rate meets moments that have all but vanished.
                let rate = number > 2000 ? 0.5 : 0.001
                let gradient = SparseRows(ids: number == 1 ? [3] : [], rows: ones)
                deferred.update(gradient, learningRate: rate)
                eager.update(gradient, learningRate: rate)
                eager.read(nil)
            }
            deferred.read(nil)
            XCTAssertEqual(deferred.bits, eager.bits, "\(rule)")
        }
    }

    func testAnEpsilonOfZeroKeepsTheBitsWhereTheSecondMomentVanishes() {
        for epsilon in [0, 1e-25, 1e-16, 1e-12] {
            let rule = UpdateRule.adam(beta1: 0.9, beta2: 0.999, epsilon: epsilon, decay: 0)
            let (deferred, eager) = pair(rule, 16, initialSecond: 0)
            for table in [deferred, eager] { for c in 0..<16 { table.values[2, c] = 1000 } }
            // The second moment is 1.05e-30 after this gradient and counts as zero 50 steps on.
            let small = Matrix<Float>(AlignedBuffer([Float](repeating: 3.24e-14, count: 16)), rows: 1, columns: 16)
            for number in 1...200 {
                let gradient = SparseRows(ids: number == 1 ? [2] : [], rows: small)
                for table in [deferred, eager] { table.update(gradient, learningRate: 1e-6) }
                eager.read(nil)
            }
            deferred.read(nil)
            XCTAssertEqual(deferred.bits, eager.bits, "epsilon \(epsilon)")
        }
    }

    func testAZeroKeepsItsSign() {
        let (deferred, eager) = pair(.sgd(momentum: 0.9, nesterov: false), 16)
        let small = Matrix<Float>(AlignedBuffer([Float](repeating: -1e-28, count: 16)), rows: 1, columns: 16)
        // The drift underflows to a zero with the sign of the moment.
        for (number, rate) in [1e-12, 1e-12, 2e-12, 2e-12].enumerated() {
            for table in [deferred, eager] {
                table.update(SparseRows(ids: number == 0 ? [2] : [], rows: small), learningRate: rate)
                if number == 0 { for c in 0..<16 { table.values[2, c] = -0.0 } }
            }
            eager.read(nil)
        }
        deferred.read(nil)
        XCTAssertEqual(deferred.bits, eager.bits)
    }

    func testTheSignOfAZeroGradientChangesNothing() {
        for rule in Self.rules {
            let (plus, minus) = pair(rule, 16)
            for table in [plus, minus] { for c in 0..<16 { table.values[2, c] = -0.0 } }
            for (table, zero) in [(plus, Float(0)), (minus, -0.0)] {
                let zeros = Matrix<Float>(AlignedBuffer([Float](repeating: zero, count: 16)), rows: 1, columns: 16)
                for _ in 0..<3 { table.update(SparseRows(ids: [2], rows: zeros), learningRate: 0.1, scale: 0.5) }
                table.read(nil)
            }
            XCTAssertEqual(plus.bits, minus.bits, "\(rule)")
        }
    }

    func testAMomentThatDecaysSlowlyIsNotForgottenAfterAMillionSteps() {
        let rule = UpdateRule.rmsprop(alpha: 0.999_999, epsilon: 1e-8, momentum: 0)
        let values = Matrix<Double>(rows: 1, columns: 1),
            state = DeferredRows<Double>(rows: 1, width: 1, rule: rule, initialSecond: 1)
        let scalars: StepScalars<Double> = rule.scalars(step: 1, learningRate: 0.1)
        let none = SparseRows(ids: [0], rows: Matrix<Double>(rows: 1, columns: 1))
        for (step, expected) in [((1 << 20) - 1, 0.3504366), (1 << 21, 0.1228056), (1 << 22, 0.0150812)] {
            updateRows(
                rule, values, state, gradient: none, scale: 1, powers: DecayPowers(rule), scalars: scalars, step: step)
            XCTAssertEqual(state.moments.second?[0] ?? 0, expected, accuracy: 1e-6)
        }
    }

    private func pair(_ rule: UpdateRule, _ width: Int, initialSecond: Double = 0.1) -> (
        TableTraining<Float>, TableTraining<Float>
    ) {
        let tables = (0..<2).map { _ in
            TableTraining<Float>(
                rule, rows: UpdatePlan<Float>.rows, width: width, initialSecond: initialSecond, seed: 5)
        }
        return (tables[0], tables[1])
    }
}
