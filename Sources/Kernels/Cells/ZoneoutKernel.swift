/// Turns a dropout mask into the shares of the old state that zoneout keeps: 1 where it is zero, else 0.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func keepWhereDropped<Scalar: KernelScalar>(_ mask: Matrix<Scalar>) {
    for row in 0..<mask.rows {
        let target = mask.row(row)
        for j in stride(from: 0, to: mask.columns, by: Scalar.lanes) {
            (target + j).store(1 - Scalar.isPositive((target + j).vector()), first: mask.columns &- j)
        }
    }
}

/// Zoneout of one step: `s = k · s₋₁ + (1 - k) · s̃`.
///
/// - Parameters:
///   - kept: `[row, size]`, the share `k` of the old state: 0 or 1 in training, its mean in evaluation.
///   - candidate: `s̃`, rows from `candidateRow` on.
///   - states: `[initial + row, size]`; may be `candidate`.
/// - Source: Krueger et al. 2017, equations 2 and 3.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func zoneoutForward<Scalar: KernelScalar>(
    _ step: StepRows, kept: Matrix<Scalar>, candidate: Matrix<Scalar>, candidateRow: Int, states: Matrix<Scalar>
) {
    for r in 0..<step.count {
        let k = kept.row(step.row &+ r), new = candidate.row(candidateRow &+ r)
        let before = states.row(step.previousState &+ r), target = states.row(step.state &+ r)
        for j in stride(from: 0, to: states.columns, by: Scalar.lanes) {
            let share = (k + j).vector()
            (target + j).store(
                (share * (before + j).vector()).addingProduct(1 - share, (new + j).vector()), first: states.columns &- j
            )
        }
    }
}

/// Splits the gradient of a step's states into that of the candidate and that of the states before.
///
/// - Parameters:
///   - above: `[row, size]`, gradient from the layer above; nil: none.
///   - carry: `[sequence, size]`, gradient from the next step; cleared, or (without `above`) replaced by the
///     candidate's gradient.
///   - dCandidate: `[row, size]`, receives `(1 - k) · d`; nil: `carry` does.
///   - passed: `[sequence, size]`, receives `k · d`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func zoneoutBackward<Scalar: KernelScalar>(
    _ step: StepRows, kept: Matrix<Scalar>, above: Matrix<Scalar>?, carry: Matrix<Scalar>, dCandidate: Matrix<Scalar>?,
    passed: Matrix<Scalar>
) {
    for r in 0..<step.count {
        let k = kept.row(step.row &+ r), next = carry.row(step.sequence &+ r), past = passed.row(step.sequence &+ r)
        let upper = above?.row(step.row &+ r), new = dCandidate?.row(step.row &+ r)
        for j in stride(from: 0, to: carry.columns, by: Scalar.lanes) {
            let share = (k + j).vector(), left = carry.columns &- j
            var total = (next + j).vector()
            if let upper { total += (upper + j).vector() }
            (past + j).store(share * total, first: left)
            if let new {
                (new + j).store((1 - share) * total, first: left)
                (next + j).store(Scalar.Vector(), first: left)
            } else {
                (next + j).store((1 - share) * total, first: left)
            }
        }
    }
}

/// Adds rows from `firstRow` on to a step's rows of `carry` `[sequence, columns]`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func addStepRows<Scalar: KernelScalar>(
    _ step: StepRows, _ x: Matrix<Scalar>, firstRow: Int, to carry: Matrix<Scalar>
) {
    for r in 0..<step.count {
        let source = x.row(firstRow &+ r), target = carry.row(step.sequence &+ r)
        for j in stride(from: 0, to: carry.columns, by: Scalar.lanes) {
            (target + j).store((target + j).vector() + (source + j).vector(), first: carry.columns &- j)
        }
    }
}
