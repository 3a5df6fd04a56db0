internal import CProcessor

/// The state of a table whose rows are updated only when somebody looks, with the bits of updating them
/// in every step.
///
/// A row carries two stamps: the step its moments were last renewed in, and the step its value is current
/// for. Moments are never touched in between: after `k` missed steps a moment is `moment · power[k]`.
public final class DeferredRows<Scalar: KernelScalar>: Sendable {
    /// `[rows, width]`.
    public let moments: Moments<Scalar>
    /// The last step with a gradient for the row.
    public let momentStep: AlignedBuffer<Int32>
    /// The step the row's value is current for.
    public let valueStep: AlignedBuffer<Int32>

    public init(rows: Int, width: Int, rule: UpdateRule, initialSecond: Double) {
        moments = Moments(count: rows * width, for: rule, initialSecond: initialSecond)
        momentStep = AlignedBuffer(count: rows)
        valueStep = AlignedBuffer(count: rows)
    }

    /// Takes over the state of as many rows.
    public func take(_ other: DeferredRows) {
        moments.take(other.moments)
        momentStep.take(other.momentStep)
        valueStep.take(other.valueStep)
    }

    /// Declares every row's value current for a step.
    public func markCurrent(_ step: Int) {
        for row in 0..<valueStep.count { valueStep[row] = Int32(truncatingIfNeeded: step) }
    }
}

/// Moments as of a step, row-major: what missed steps leave of them.
public func decayedMoments<Scalar: KernelScalar>(
    _ state: DeferredRows<Scalar>, width: Int, powers: DecayPowers<Scalar>, step: Int
) -> (first: [Scalar]?, second: [Scalar]?) {
    func decay(_ moment: AlignedBuffer<Scalar>?, _ power: (Int) -> Scalar) -> [Scalar]? {
        moment.map { moment in
            (0..<moment.count).map { i in
                decayed(
                    Scalar.Vector(repeating: moment[i]), power(step - Int(state.momentStep[i / width])), Scalar.self)[0]
            }
        }
    }
    return (decay(state.moments.first) { powers.first[$0] }, decay(state.moments.second) { powers.second[$0] })
}

/// The scalars of all steps so far, which missed steps are replayed with.
public struct StepHistory<Scalar: KernelScalar>: Sendable {
    private let rule: UpdateRule
    private let growthBound: Double
    /// Scalars of step `firstStep + i`.
    private var scalars: [StepScalars<Scalar>] = []
    private var firstStep: Int
    /// The last step whose drift may have been larger than that of the step before it. From there on a
    /// parameter that a drift no longer changes stays as it is.
    private var lastGrowth = 0

    /// - Parameter current: All rows are current for this step; history begins after it.
    public init(_ rule: UpdateRule, current: Int) {
        self.rule = rule
        firstStep = current + 1
        let (first, second) = rule.decays
        // |drift| shrinks per step by the first moment's factor over the root of the second's, times the
        // change of the step's scalars.
        if case .adam = rule {
            growthBound = (first ?? 1) / (second ?? 1).squareRoot()
        } else {
            growthBound = first ?? 1
        }
    }

    /// The newest step.
    public var current: Int { firstStep + scalars.count - 1 }

    public mutating func append(_ step: StepScalars<Scalar>) {
        if let last = scalars.last {
            let growth =
                Double(step.stepSize) / Double(last.stepSize) * Double(last.correction) / Double(step.correction)
            if !(growth * growthBound < 0.999) { lastGrowth = current + 1 }
        } else {
            lastGrowth = current + 1
        }
        scalars.append(step)
    }

    /// Forgets the past once every row is current.
    public mutating func forget() {
        firstStep = current + 1
        scalars.removeAll(keepingCapacity: true)
        lastGrowth = 0
    }

    func pass<T>(_ body: (_ scalars: UnsafePointer<StepScalars<Scalar>>, _ firstStep: Int, _ lastGrowth: Int) -> T)
        -> T?
    {
        scalars.withUnsafeBufferPointer { buffer in buffer.baseAddress.map { body($0, firstStep, lastGrowth) } }
    }
}

/// Brings rows to the newest step, as if each missed step had been made.
///
/// - Parameters:
///   - values: `[rows, width]`.
///   - ids: The rows; nil: all.
public func bringCurrent<Scalar: KernelScalar>(
    _ rule: UpdateRule, _ values: Matrix<Scalar>, _ state: DeferredRows<Scalar>, ids: [Int32]?,
    powers: DecayPowers<Scalar>,
    history: StepHistory<Scalar>
) {
    guard rule.drifts else { return }
    let newest = history.current
    rule.withFormula(Scalar.self) { formula in
        _ = history.pass { scalars, firstStep, lastGrowth in
            driftRows(formula, values, state, ids: ids, powers, scalars, firstStep, lastGrowth, newest)
        }
    }
}

@specialized(where Formula == Adam<Float>, Scalar == Float)
@specialized(where Formula == MomentumSGD<Float>, Scalar == Float)
@specialized(where Formula == RMSprop<Float>, Scalar == Float)
private func driftRows<Formula: UpdateFormula, Scalar>(
    _ formula: Formula, _ values: Matrix<Scalar>, _ state: DeferredRows<Scalar>, ids: [Int32]?,
    _ powers: DecayPowers<Scalar>, _ scalars: UnsafePointer<StepScalars<Scalar>>, _ firstStep: Int, _ lastGrowth: Int,
    _ newest: Int
) where Formula.Scalar == Scalar {
    let moments = state.moments.bare
    for i in 0..<(ids?.count ?? values.rows) {
        let row = ids.map { Int($0[i]) } ?? i
        if let ids { prefetch(row: ids[min(i &+ 3, ids.count &- 1)], values, state) }
        let from = Int(state.valueStep.pointer[row])
        if from >= newest { continue }
        let age = from &- Int(state.momentStep.pointer[row])
        // Once the power of the first moment is zero, so is the drift.
        let missed = min(newest &- from, powers.first.lastNonzero &- age)
        powers.pass(age &+ 1, count: max(0, missed)) { first, root in
            let steps = scalars + (from &+ 1 &- firstStep)
            for column in stride(from: 0, to: values.columns, by: Scalar.lanes) {
                let address = values.row(row) + column
                let p = moments.lanes(address, row &* values.columns &+ column)
                if haveSameBits(p.first, Scalar.Vector()) { continue }
                let divisor = formula.root(p.second)
                var value = p.value, made = 0
                while made < missed {
                    // Every fourth step looks whether the value stands: steps after a standstill change nothing.
                    let next = min(made &+ 4, missed)
                    var before = value
                    for i in made..<next {
                        before = value
                        value -= formula.drift(decayed(p.first, first[i], Scalar.self), divisor * root[i], steps[i])
                    }
                    let stands = from &+ next >= lastGrowth && haveSameBits(value, before)
                    made = stands ? missed : next
                }
                address.store(value, first: values.columns &- column)
            }
        }
        state.valueStep.pointer[row] = Int32(truncatingIfNeeded: newest)
    }
    withExtendedLifetime(state) {}
}

/// Fetches a row and its moments ahead: rows lie anywhere in a table, and each would be waited for in turn.
@inline(__always)
private func prefetch<Scalar: KernelScalar>(row: Int32, _ values: Matrix<Scalar>, _ state: DeferredRows<Scalar>) {
    let start = Int(row) &* values.columns
    for column in stride(from: 0, to: min(values.columns, 8 &* Scalar.lanes), by: Scalar.lanes) {
        cprocessor_prefetch(values.row(Int(row)) + column)
        if let first = state.moments.first { cprocessor_prefetch(first.pointer + (start &+ column)) }
        if let second = state.moments.second { cprocessor_prefetch(second.pointer + (start &+ column)) }
    }
}

/// Whether two vectors are equal bit by bit: a handful of instructions, where comparing lane by lane takes dozens.
@inline(__always)
private func haveSameBits<Vector: BitwiseCopyable>(_ a: Vector, _ b: Vector) -> Bool {
    let x = unsafeBitCast(a, to: SIMD8<UInt64>.self) ^ unsafeBitCast(b, to: SIMD8<UInt64>.self)
    let four = x.lowHalf | x.highHalf, two = four.lowHalf | four.highHalf
    return two.x | two.y == 0
}

/// Updates the rows that have a gradient; they must be current for the step before.
///
/// - Parameters:
///   - isLazy: Missed steps are not made up for: moments decay only in steps with a gradient.
///   - step: The number of this step.
public func updateRows<Scalar: KernelScalar>(
    _ rule: UpdateRule, _ values: Matrix<Scalar>, _ state: DeferredRows<Scalar>, gradient: SparseRows<Scalar>,
    scale: Scalar,
    powers: DecayPowers<Scalar>, scalars: StepScalars<Scalar>, isLazy: Bool = false, step: Int
) {
    precondition(gradient.rows.columns == values.columns, "a row's gradient is as wide as the row")
    rule.withFormula(Scalar.self) { formula in
        updateTouched(formula, values, state, gradient, scale: scale, powers, scalars, isLazy: isLazy, step)
    }
}

@specialized(where Formula == Adam<Float>, Scalar == Float)
@specialized(where Formula == PlainSGD<Float>, Scalar == Float)
@specialized(where Formula == MomentumSGD<Float>, Scalar == Float)
@specialized(where Formula == RMSprop<Float>, Scalar == Float)
@specialized(where Formula == Adagrad<Float>, Scalar == Float)
private func updateTouched<Formula: UpdateFormula, Scalar>(
    _ formula: Formula, _ values: Matrix<Scalar>, _ state: DeferredRows<Scalar>, _ gradient: SparseRows<Scalar>,
    scale: Scalar, _ powers: DecayPowers<Scalar>, _ scalars: StepScalars<Scalar>, isLazy: Bool, _ step: Int
) where Formula.Scalar == Scalar {
    for (i, id) in gradient.ids.enumerated() {
        prefetch(row: gradient.ids[min(i &+ 3, gradient.ids.count &- 1)], values, state)
        let row = Int(id), k = isLazy ? 1 : step - Int(state.momentStep.pointer[row])
        updateSpan(
            formula, values.row(row), state.moments, at: row &* values.columns, gradient.rows.row(i),
            range: 0..<values.columns, scale: scale, l2: 0, decay: (powers.first[k], powers.second[k]), scalars)
        state.momentStep.pointer[row] = Int32(truncatingIfNeeded: step)
        state.valueStep.pointer[row] = Int32(truncatingIfNeeded: step)
    }
}

/// Updates every row, with a zero gradient where there is none: for rules whose decay touches all of them.
public func updateAllRows<Scalar: KernelScalar>(
    _ rule: UpdateRule, _ values: Matrix<Scalar>, _ state: DeferredRows<Scalar>, gradient: SparseRows<Scalar>,
    scale: Scalar,
    l2: Scalar, powers: DecayPowers<Scalar>, scalars: StepScalars<Scalar>, step: Int
) {
    let zeros = Matrix<Scalar>(rows: 1, columns: values.columns)
    rule.withFormula(Scalar.self) { formula in
        var next = 0
        for row in 0..<values.rows {
            var source = zeros.row(0)
            if next < gradient.ids.count && Int(gradient.ids[next]) == row {
                source = gradient.rows.row(next)
                next += 1
            }
            updateSpan(
                formula, values.row(row), state.moments, at: row * values.columns, source, range: 0..<values.columns,
                scale: scale, l2: l2, decay: (powers.first[1], powers.second[1]), scalars)
            state.momentStep.pointer[row] = Int32(truncatingIfNeeded: step)
            state.valueStep.pointer[row] = Int32(truncatingIfNeeded: step)
        }
    }
}
