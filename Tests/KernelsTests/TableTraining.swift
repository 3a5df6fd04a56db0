import Kernels

/// A table under training: rows read and updated in the order the optimizer keeps.
final class TableTraining<Scalar: KernelScalar> {
    let rule: UpdateRule
    let values: Matrix<Scalar>
    let state: DeferredRows<Scalar>
    private let powers: DecayPowers<Scalar>
    private var history: StepHistory<Scalar>
    private(set) var step = 0

    init(_ rule: UpdateRule, rows: Int, width: Int, initialSecond: Double = 0, seed: UInt64) {
        self.rule = rule
        var random = RandomNumbers(seed: seed)
        values = Matrix(AlignedBuffer(random.numbers(rows * width)), rows: rows, columns: width)
        state = DeferredRows(rows: rows, width: width, rule: rule, initialSecond: initialSecond)
        powers = DecayPowers(rule)
        history = StepHistory(rule, current: 0)
    }

    /// Somebody looks at rows; nil: at all.
    func read(_ ids: [Int32]?) { bringCurrent(rule, values, state, ids: ids, powers: powers, history: history) }

    /// One optimizer step with gradients for some rows.
    func update(_ gradient: SparseRows<Scalar>, learningRate: Double, scale: Scalar = 1) {
        read(gradient.ids)
        step += 1
        let scalars: StepScalars<Scalar> = rule.scalars(step: step, learningRate: learningRate)
        history.append(scalars)
        updateRows(rule, values, state, gradient: gradient, scale: scale, powers: powers, scalars: scalars, step: step)
    }

    /// Every row is brought up to the step, and the past forgotten.
    func settle() {
        read(nil)
        history.forget()
    }

    /// Values and what is kept beside them; all rows must be current.
    var bits: [[UInt64]] {
        [values.elements.bits, state.moments.first?.elements.bits ?? [], state.moments.second?.elements.bits ?? []]
    }
}

/// What happens in each step of a run, the same for every implementation compared.
struct UpdatePlan<Scalar: KernelScalar> {
    struct Step {
        var learningRate: Double
        var gradient: SparseRows<Scalar>
    }
    var steps: [Step] = []
    static var rows: Int { 12 }

    /// - Parameter dense: Every row has a gradient in every step.
    init(count: Int, width: Int, seed: UInt64, dense: Bool = false) {
        var random = RandomNumbers(seed: seed)
        for number in 1...count {
            // Warm-up, a plateau, a drop, a restart, one step that stands still.
            var rate = 0.01 * min(1, Double(number) / 50)
            if number > count / 2 { rate *= 0.1 }
            if number > count * 3 / 4 { rate *= 20 }
            if number == 70 { rate = 0 }
            var ids: [Int32] = []
            for row in 0..<Self.rows {
                // Row 0 is never touched, row 1 only at the beginning, the others less and less often.
                let often = row == 0 ? 0 : row == 1 ? (number < 5 ? 1 : 0) : 1.5 / Double(row * row)
                if dense || random.happens(often) { ids.append(Int32(row)) }
            }
            let numbers: [Scalar] = random.numbers(ids.count * width)
            let size: Scalar = random.happens(0.1) ? 0 : random.happens(0.1) ? 1e-12 : 1
            let block = Matrix(AlignedBuffer(numbers.map { $0 * size }), rows: ids.count, columns: width)
            steps.append(Step(learningRate: rate, gradient: SparseRows(ids: ids, rows: block)))
        }
    }
}
