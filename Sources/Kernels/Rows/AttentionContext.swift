/// Weights from scores, and the mean of the source under them:
///
///     weight[row, t] = exp(score[row, t]) / Σₜ exp(score[row, t])    context[row] = Σₜ weight[row, t] · value[t]
///
/// - Parameters:
///   - scores: `[row, steps]`; replaced by the weights.
///   - value: `[source row, size]`.
///   - sequences: The source sequences whose rows are computed.
///   - context: `[row, size]`, overwritten.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func attentionContext<Scalar: KernelScalar>(
    _ scores: Matrix<Scalar>, _ value: Matrix<Scalar>, _ batch: AttentionRows, sequences: Range<Int>,
    into context: Matrix<Scalar>
) {
    precondition(context.columns == value.columns && scores.columns >= batch.steps, "a context needs matching shapes")
    batch.forEachRow(of: sequences) { row, sequence, length in
        softmax(scores.rows(row..<row + 1).columns(0..<length))
        let weight = scores.row(row), target = context.row(row)
        target.update(repeating: 0, count: context.columns)
        for t in 0..<length {
            addMultiple(weight[t], value.row(batch.sourceRow(t, sequence)), to: target, count: context.columns)
        }
    }
}

/// The gradients of `attentionContext`:
///
///     dweight[t] = dcontext · value[t]    dscore[t] = weight[t] · (dweight[t] - Σ weight · dweight)
///
/// - Parameters:
///   - weights: `[row, steps]`; replaced by the gradients of the scores.
///   - dValue: `[source row, size]`, added to.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func attentionContextGradient<Scalar: KernelScalar>(
    _ dContext: Matrix<Scalar>, _ weights: Matrix<Scalar>, _ value: Matrix<Scalar>, _ batch: AttentionRows,
    sequences: Range<Int>,
    dValue: Matrix<Scalar>
) {
    withUnsafeTemporaryAllocation(of: Scalar.self, capacity: max(1, batch.steps)) { buffer in
        let dWeight = buffer.baseAddress.unsafelyUnwrapped
        batch.forEachRow(of: sequences) { row, sequence, length in
            let d = dContext.row(row), weight = weights.row(row)
            var mean: Scalar = 0
            for t in 0..<length {
                let source = batch.sourceRow(t, sequence)
                dWeight[t] = dot(d, value.row(source), count: value.columns)
                mean += weight[t] * dWeight[t]
                addMultiple(weight[t], d, to: dValue.row(source), count: value.columns)
            }
            for t in 0..<length { weight[t] *= dWeight[t] - mean }
        }
    }
}

/// `y += x`, row by row.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func addRows<Scalar: KernelScalar>(_ x: Matrix<Scalar>, to y: Matrix<Scalar>) {
    precondition(x.columns == y.columns && x.rows == y.rows, "a sum needs matching shapes")
    for r in 0..<y.rows {
        let source = x.row(r), target = y.row(r)
        for j in stride(from: 0, to: y.columns, by: Scalar.lanes) {
            (target + j).store((target + j).vector() + (source + j).vector(), first: y.columns &- j)
        }
    }
}
