/// What an error `e = y - target` of a regression costs.
public enum RegressionLoss<Scalar: KernelScalar>: Equatable, Sendable {
    /// `e²`.
    case squared
    /// `|e|`; the derivative at 0 is 0.
    case absolute
    /// `e² / 2` where `|e|` is at most the threshold `δ`, else `δ (|e| - δ/2)`.
    ///
    /// - Source: P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964.
    case huber(threshold: Scalar)
}

/// Loss of each row, the sum over its columns.
///
/// - Parameters:
///   - y: `[row, columns]`; replaced by the gradient of the loss.
///   - targets: `[row, columns]`.
///   - losses: Receives each row's loss.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func regressionLoss<Scalar: KernelScalar>(
    _ y: Matrix<Scalar>, targets: Matrix<Scalar>, _ loss: RegressionLoss<Scalar>, losses: inout [Scalar]
) {
    precondition(
        targets.rows == y.rows && targets.columns == y.columns && losses.count == y.rows,
        "every element needs a target and every row room for its loss")
    for row in 0..<y.rows {
        let d = y.row(row), target = targets.row(row)
        // One chain in the order of the columns: its bits do not depend on the width of a vector.
        var sum: Scalar = 0
        switch loss {
        case .squared:
            for j in 0..<y.columns {
                let error = d[j] - target[j]
                sum += error * error
                d[j] = error + error
            }
        case .absolute:
            for j in 0..<y.columns {
                let error = d[j] - target[j]
                sum += error.magnitude
                d[j] = error > 0 ? 1 : error < 0 ? -1 : error
            }
        case .huber(let threshold):
            for j in 0..<y.columns {
                let error = d[j] - target[j], size = error.magnitude
                sum += size <= threshold ? error * error / 2 : threshold * (size - threshold / 2)
                d[j] = error > threshold ? threshold : error < -threshold ? -threshold : error
            }
        }
        losses[row] = sum
    }
}
