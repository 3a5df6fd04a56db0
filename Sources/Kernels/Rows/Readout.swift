/// `y[sequence] = Σₜ x[row of t]`: the sum over a sequence's time steps, in their order.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func sumOverTime<Scalar: KernelScalar>(_ x: Matrix<Scalar>, _ batch: PackedSequences, into y: Matrix<Scalar>) {
    clearRows(y, 0..<batch.sequences)
    for t in 0..<batch.steps {
        for j in 0..<batch.active[t] {
            let source = x.row(batch.offsets[t] &+ j), target = y.row(j)
            for c in stride(from: 0, to: y.columns, by: Scalar.lanes) {
                (target + c).store((target + c).vector() + (source + c).vector(), first: y.columns &- c)
            }
        }
    }
}

/// `y[sequence] = 1/L · Σₜ x[row of t]`: the mean over a sequence's time steps, in their order.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func meanOverTime<Scalar: KernelScalar>(_ x: Matrix<Scalar>, _ batch: PackedSequences, into y: Matrix<Scalar>) {
    sumOverTime(x, batch, into: y)
    for j in 0..<batch.sequences {
        let target = y.row(j), share = Scalar.Vector(repeating: 1 / Scalar(batch.lengths[j]))
        for c in stride(from: 0, to: y.columns, by: Scalar.lanes) {
            (target + c).store((target + c).vector() * share, first: y.columns &- c)
        }
    }
}

/// The gradient of `meanOverTime`: every row of a sequence receives an equal share.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func meanOverTimeGradient<Scalar: KernelScalar>(
    _ dy: Matrix<Scalar>, _ batch: PackedSequences, into dx: Matrix<Scalar>
) {
    for t in 0..<batch.steps {
        for j in 0..<batch.active[t] {
            let source = dy.row(j), target = dx.row(batch.offsets[t] &+ j)
            let share = Scalar.Vector(repeating: 1 / Scalar(batch.lengths[j]))
            for c in stride(from: 0, to: dx.columns, by: Scalar.lanes) {
                (target + c).store((source + c).vector() * share, first: dx.columns &- c)
            }
        }
    }
}

/// `y[sequence] = maxₜ x[row of t]`, unit by unit; the earliest of equal maxima counts.
///
/// - Parameter rows: `[sequences · columns]`, receives the row each maximum came from.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func maxOverTime<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, _ batch: PackedSequences, into y: Matrix<Scalar>, rows: AlignedBuffer<Int32>
) {
    for t in 0..<batch.steps {
        for j in 0..<batch.active[t] {
            let row = batch.offsets[t] &+ j
            let source = x.row(row), target = y.row(j), from = rows.pointer + j &* y.columns
            for c in 0..<y.columns where t == 0 || source[c] > target[c] {
                target[c] = source[c]
                from[c] = Int32(truncatingIfNeeded: row)
            }
        }
    }
}

/// The gradient of `maxOverTime`: it goes to the row the maximum came from; all others are zero.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func maxOverTimeGradient<Scalar: KernelScalar>(
    _ dy: Matrix<Scalar>, _ batch: PackedSequences, into dx: Matrix<Scalar>, rows: AlignedBuffer<Int32>
) {
    clearRows(dx, 0..<batch.rows)
    for j in 0..<batch.sequences {
        for c in 0..<dx.columns { dx.row(Int(rows.pointer[j &* dx.columns &+ c]))[c] = dy.row(j)[c] }
    }
}
