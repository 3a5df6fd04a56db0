/// Hidden states of one LSTM step from (normalised) cell states: `h = o · tanh y`.
///
/// - Parameters:
///   - tanhCell: `[row, hiddenSize]`, `y`; replaced by `tanh y`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func lstmOutput<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, tanhCell: Matrix<Scalar>, hidden: Matrix<Scalar>
) {
    let size = hidden.columns
    for r in 0..<step.count {
        let o = gates.row(step.row &+ r) + 3 &* size, t = tanhCell.row(step.row &+ r), h = hidden.row(step.state &+ r)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let squashed = Scalar.hyperbolicTangent((t + j).vector())
            (t + j).store(squashed, first: size &- j)
            (h + j).store((o + j).vector() * squashed, first: size &- j)
        }
    }
}

/// The gradient of `y` in `h = o · tanh y`.
///
/// - Parameters: as for `lstmBackward`.
///   - dNormalized: `[row, hiddenSize]`, receives the gradient of `y`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func lstmOutputGradient<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, tanhCell: Matrix<Scalar>, dHidden: Matrix<Scalar>,
    carryHidden: Matrix<Scalar>,
    into dNormalized: Matrix<Scalar>
) {
    let size = tanhCell.columns
    for r in 0..<step.count {
        let o = gates.row(step.row &+ r) + 3 &* size, t = tanhCell.row(step.row &+ r),
            target = dNormalized.row(step.row &+ r)
        let above = dHidden.row(step.row &+ r), next = carryHidden.row(step.sequence &+ r)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let dh = (above + j).vector() + (next + j).vector(), squashed = (t + j).vector()
            (target + j).store(dh * (o + j).vector() * (1 - squashed * squashed), first: size &- j)
        }
    }
}
