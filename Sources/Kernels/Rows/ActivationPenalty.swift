/// Activation regularisation: adds `strength · mean(h²)` of each row to the loss.
///
/// - Parameters:
///   - h: `[row, columns]`, what is kept small.
///   - penalties: Each row's part of the loss is added to it.
///   - d: `[row, columns]`; the gradient `2 · strength / columns · h` is added to it.
/// - Source: Merity, McCann & Socher 2017 (AR), where the mean is taken over rows as well.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func penalizeActivations<Scalar: KernelScalar>(
    _ h: Matrix<Scalar>, strength: Scalar, penalties: inout [Scalar], into d: Matrix<Scalar>
) {
    precondition(
        h.columns == d.columns && penalties.count == h.rows && d.rows >= h.rows, "a penalty has the row's shape")
    let share = strength / Scalar(h.columns), factor = Scalar.Vector(repeating: 2 * share)
    for row in 0..<h.rows {
        let x = h.row(row), target = d.row(row)
        for j in stride(from: 0, to: h.columns, by: Scalar.lanes) {
            (target + j).store((target + j).vector().addingProduct((x + j).vector(), factor), first: h.columns &- j)
        }
        var square: Scalar = 0
        for j in 0..<h.columns { square.addProduct(x[j], x[j]) }
        penalties[row] += share * square
    }
}

/// Temporal activation regularisation: adds `strength · mean((hₜ - hₜ₋₁)²)` of each row but a sequence's first.
///
/// - Parameters: as for `penalizeActivations`, rows in natural order.
/// - Source: Merity, McCann & Socher 2017 (TAR).
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func penalizeChanges<Scalar: KernelScalar>(
    _ h: Matrix<Scalar>, _ batch: PackedSequences, strength: Scalar, penalties: inout [Scalar], into d: Matrix<Scalar>
) {
    precondition(
        h.columns == d.columns && h.rows == batch.rows && penalties.count == h.rows && d.rows >= h.rows,
        "a penalty has the row's shape")
    let share = strength / Scalar(h.columns), factor = Scalar.Vector(repeating: 2 * share)
    for t in 1..<max(1, batch.steps) {
        for sequence in 0..<batch.active[t] {
            let now = batch.offsets[t] &+ sequence, before = batch.offsets[t &- 1] &+ sequence
            let x = h.row(now), y = h.row(before), dx = d.row(now), dy = d.row(before)
            for j in stride(from: 0, to: h.columns, by: Scalar.lanes) {
                let change = ((x + j).vector() - (y + j).vector()) * factor
                (dx + j).store((dx + j).vector() + change, first: h.columns &- j)
                (dy + j).store((dy + j).vector() - change, first: h.columns &- j)
            }
            var square: Scalar = 0
            for j in 0..<h.columns { square.addProduct(x[j] - y[j], x[j] - y[j]) }
            penalties[now] += share * square
        }
    }
}
