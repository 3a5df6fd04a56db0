import Foundation
import Kernels
import XCTest

/// Update rules against the formulae of their papers, in Double, one parameter at a time.
final class TextbookUpdateTests: XCTestCase {
    override func setUp() { Processor.setFloatingPointEnvironment() }

    private struct Parameter {
        var value: Double
        var first = 0.0
        var second = 0.0

        mutating func update(_ rule: UpdateRule, _ gradient: Double, step: Int, rate: Double) {
            let g = gradient
            switch rule {
            case .sgd(let momentum, let nesterov):
                first = momentum * first + g
                value -= rate * (nesterov ? g + momentum * first : first)
            case .adam(let beta1, let beta2, let epsilon, let decay):
                value *= 1 - rate * decay
                first = beta1 * first + (1 - beta1) * g
                second = beta2 * second + (1 - beta2) * g * g
                let m = first / (1 - pow(beta1, Double(step))), n = second / (1 - pow(beta2, Double(step)))
                value -= rate * m / (n.squareRoot() + epsilon)
            case .rmsprop(let alpha, let epsilon, let momentum):
                second = alpha * second + (1 - alpha) * g * g
                first = momentum * first + g / (second.squareRoot() + epsilon)
                value -= rate * first
            case .adagrad(let epsilon):
                second += g * g
                value -= rate * g / (second.squareRoot() + epsilon)
            case .averagedSGD:
                value -= rate * g
                second = value
            }
        }
    }

    private static let rules: [UpdateRule] = [
        .sgd(momentum: 0, nesterov: false), .sgd(momentum: 0.9, nesterov: false), .sgd(momentum: 0.9, nesterov: true),
        .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0),
        .rmsprop(alpha: 0.99, epsilon: 1e-8, momentum: 0), .rmsprop(alpha: 0.99, epsilon: 1e-8, momentum: 0.9),
        .adagrad(epsilon: 1e-10),
    ]

    func testSparseUpdatesFollowTheTextbook() {
        for rule in Self.rules {
            checkSparse(rule, width: 20, Float.self, tolerance: 1e-5)
            checkSparse(rule, width: 5, Double.self, tolerance: 1e-11)
        }
    }

    func testDenseUpdatesFollowTheTextbook() {
        for rule in Self.rules + [.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.1)] {
            for l2 in [0, 0.01] {
                checkDense(rule, l2: l2, width: 20, Float.self, tolerance: 1e-5)
                checkDense(rule, l2: l2, width: 5, Double.self, tolerance: 1e-11)
            }
        }
    }

    func testUpdatesOfAllRowsFollowTheTextbook() {
        for rule in Self.rules + [.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.1)] {
            let width = 20, plan = UpdatePlan<Float>(count: 300, width: width, seed: 63),
                table = start(rule, width, Float.self)
            var book = textbook(table)
            let powers = DecayPowers<Float>(rule)
            for (index, step) in plan.steps.enumerated() {
                let scalars: StepScalars<Float> = rule.scalars(step: index + 1, learningRate: step.learningRate)
                updateAllRows(
                    rule, table.values, table.state, gradient: step.gradient, scale: 0.5, l2: 0.01, powers: powers,
                    scalars: scalars,
                    step: index + 1)
                advance(&book, rule, step, number: index + 1, scale: 0.5, l2: 0.01, width: width)
            }
            compare(table.values.elements, book, 1e-5, rule)
        }
    }

    private func checkSparse<Scalar: KernelScalar>(_ rule: UpdateRule, width: Int, _: Scalar.Type, tolerance: Double) {
        let plan = UpdatePlan<Scalar>(count: 600, width: width, seed: 61), table = start(rule, width, Scalar.self)
        var book = textbook(table)
        for (index, step) in plan.steps.enumerated() {
            table.update(step.gradient, learningRate: step.learningRate, scale: 0.5)
            advance(&book, rule, step, number: index + 1, scale: 0.5, l2: 0, width: width)
        }
        table.read(nil)
        compare(table.values.elements, book, tolerance, rule)
    }

    private func checkDense<Scalar: KernelScalar>(
        _ rule: UpdateRule, l2: Double, width: Int, _: Scalar.Type, tolerance: Double
    ) {
        let plan = UpdatePlan<Scalar>(count: 300, width: width, seed: 62, dense: true),
            table = start(rule, width, Scalar.self)
        var book = textbook(table)
        let moments = Moments<Scalar>(count: book.count, for: rule, initialSecond: 0.1),
            powers = DecayPowers<Scalar>(rule)
        for (index, step) in plan.steps.enumerated() {
            for range in [0..<book.count / 3, book.count / 3..<book.count] {
                updateDense(
                    rule, table.values.storage, moments, gradient: step.gradient.rows.storage, scale: 0.5,
                    l2: Scalar(l2), powers: powers,
                    step: rule.scalars(step: index + 1, learningRate: step.learningRate), range: range)
            }
            advance(&book, rule, step, number: index + 1, scale: 0.5, l2: l2, width: width)
        }
        compare(table.values.elements, book, tolerance, rule)
    }

    private func start<Scalar: KernelScalar>(_ rule: UpdateRule, _ width: Int, _: Scalar.Type) -> TableTraining<Scalar>
    {
        TableTraining(rule, rows: UpdatePlan<Scalar>.rows, width: width, initialSecond: 0.1, seed: 6)
    }

    private func textbook<Scalar>(_ table: TableTraining<Scalar>) -> [Parameter] {
        table.values.elements.map { Parameter(value: Double($0), second: 0.1) }
    }

    /// Every parameter takes the step, with a gradient of zero where there is none.
    private func advance<Scalar>(
        _ book: inout [Parameter], _ rule: UpdateRule, _ step: UpdatePlan<Scalar>.Step, number: Int, scale: Double,
        l2: Double, width: Int
    ) {
        var gradient = [Double](repeating: 0, count: book.count)
        for (row, id) in step.gradient.ids.enumerated() {
            for c in 0..<width { gradient[Int(id) * width + c] = Double(step.gradient.rows[row, c]) * scale }
        }
        for i in book.indices {
            book[i].update(rule, gradient[i] + l2 * book[i].value, step: number, rate: step.learningRate)
        }
    }

    func testAveragesAreMeansOfTheValuesSoFar() {
        let width = 20, rule = UpdateRule.averagedSGD
        let plan = UpdatePlan<Float>(count: 50, width: width, seed: 64), table = start(rule, width, Float.self)
        var book = textbook(table), sums = [Double](repeating: 0, count: book.count)
        for (index, step) in plan.steps.enumerated() {
            updateAllRows(
                rule, table.values, table.state, gradient: step.gradient, scale: 0.5, l2: 0.01,
                powers: DecayPowers<Float>(rule),
                scalars: rule.scalars(step: index + 1, learningRate: step.learningRate, averaged: index - 9),
                step: index + 1)
            advance(&book, rule, step, number: index + 1, scale: 0.5, l2: 0.01, width: width)
            if index >= 10 { for i in sums.indices { sums[i] += book[i].value } }
        }
        compare(table.values.elements, book, 1e-5, rule)
        guard let averages = table.state.moments.second else { return XCTFail("averages are kept") }
        compare(Array(averages.elements), sums.map { Parameter(value: $0 / 40) }, 1e-5, rule)
    }

    private func compare<Scalar: KernelScalar>(
        _ values: [Scalar], _ book: [Parameter], _ tolerance: Double, _ rule: UpdateRule
    ) {
        let largest = book.reduce(0) { max($0, abs($1.value)) }
        for (value, parameter) in zip(values, book) {
            XCTAssertEqual(Double(value), parameter.value, accuracy: tolerance * largest, "\(rule)")
        }
    }
}
