/// Gates and state of one GRU step whose reset gate acts after the recurrent product.
///
///     r = σ(a_r)   z = σ(a_z)   n = tanh(aₙ + r · q)   h = (1 - z) · n + z · h₋₁
///
/// - Parameters:
///   - gates: `[row, 3 · hiddenSize]`, pre-activations in order r, z, n (recurrent part included for r
///     and z); replaced by the gates.
///   - candidate: `[row, hiddenSize]`, `q = h₋₁ Uₙ + cₙ`.
///   - hidden: `[initial + row, hiddenSize]`.
/// - Source: Chung et al. 2014 as implemented in cuDNN, PyTorch and Keras (`reset_after`).
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func gruForwardResetAfter<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, candidate: Matrix<Scalar>, hidden: Matrix<Scalar>
) {
    let size = hidden.columns
    for row in 0..<step.count {
        let r = gates.row(step.row &+ row), z = r + size, n = z + size
        let q = candidate.row(step.row &+ row)
        let before = hidden.row(step.previousState &+ row), h = hidden.row(step.state &+ row)
        applySigmoid(r, count: 2 &* size)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let left = size &- j
            let update = (z + j).vector()
            let new = Scalar.hyperbolicTangent((n + j).vector().addingProduct((r + j).vector(), (q + j).vector()))
            (n + j).store(new, first: left)
            (h + j).store(new.addingProduct(update, (before + j).vector() - new), first: left)
        }
    }
}

/// Gradients of one reset-after GRU step.
///
/// - Parameters:
///   - gates: The gates; replaced by the gradients of the pre-activations.
///   - candidate: `q`; replaced by its gradient.
///   - carry: `[sequence, hiddenSize]`, gradient of the hidden states from the next step; replaced by the
///     part of the gradient of the states before that does not pass through a product.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func gruBackwardResetAfter<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, candidate: Matrix<Scalar>, hidden: Matrix<Scalar>, dHidden: Matrix<Scalar>,
    carry: Matrix<Scalar>
) {
    let size = hidden.columns
    for row in 0..<step.count {
        let r = gates.row(step.row &+ row), z = r + size, n = z + size
        let q = candidate.row(step.row &+ row), before = hidden.row(step.previousState &+ row)
        let above = dHidden.row(step.row &+ row), next = carry.row(step.sequence &+ row)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let left = size &- j
            let reset = (r + j).vector(), update = (z + j).vector(), new = (n + j).vector()
            let dh = (above + j).vector() + (next + j).vector()
            let dNew = dh * (1 - update) * (1 - new * new)
            (r + j).store(dNew * (q + j).vector() * (reset * (1 - reset)), first: left)
            (z + j).store(dh * ((before + j).vector() - new) * (update * (1 - update)), first: left)
            (n + j).store(dNew, first: left)
            (q + j).store(dNew * reset, first: left)
            (next + j).store(dh * update, first: left)
        }
    }
}

/// First half of a GRU step whose reset gate acts before the recurrent product: the gates r and z, and `r · h₋₁`.
///
/// - Parameters:
///   - gates: `[row, 3 · hiddenSize]`, pre-activations in order r, z, n; r and z are replaced by the gates.
///   - resetHidden: `[row, hiddenSize]`, receives `r · h₋₁`.
/// - Source: Cho et al. 2014.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func gruGatesResetBefore<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, resetHidden: Matrix<Scalar>, hidden: Matrix<Scalar>
) {
    let size = hidden.columns
    for row in 0..<step.count {
        let r = gates.row(step.row &+ row)
        let before = hidden.row(step.previousState &+ row), product = resetHidden.row(step.row &+ row)
        applySigmoid(r, count: 2 &* size)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            (product + j).store((r + j).vector() * (before + j).vector(), first: size &- j)
        }
    }
}

/// Second half of a reset-before GRU step: `n = tanh(aₙ)`, `h = (1 - z) · n + z · h₋₁`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func gruStateResetBefore<Scalar: KernelScalar>(_ step: StepRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>) {
    let size = hidden.columns
    for row in 0..<step.count {
        let z = gates.row(step.row &+ row) + size, n = z + size
        let before = hidden.row(step.previousState &+ row), h = hidden.row(step.state &+ row)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let left = size &- j
            let update = (z + j).vector(), new = Scalar.hyperbolicTangent((n + j).vector())
            (n + j).store(new, first: left)
            (h + j).store(new.addingProduct(update, (before + j).vector() - new), first: left)
        }
    }
}

/// First half of the gradients of a reset-before GRU step: those of z and n, and the part of the state's
/// gradient that passes by the update gate.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func gruCandidateGradientResetBefore<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, dHidden: Matrix<Scalar>, carry: Matrix<Scalar>
) {
    let size = hidden.columns
    for row in 0..<step.count {
        let z = gates.row(step.row &+ row) + size, n = z + size
        let before = hidden.row(step.previousState &+ row)
        let above = dHidden.row(step.row &+ row), next = carry.row(step.sequence &+ row)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let left = size &- j
            let update = (z + j).vector(), new = (n + j).vector()
            let dh = (above + j).vector() + (next + j).vector()
            (z + j).store(dh * ((before + j).vector() - new) * (update * (1 - update)), first: left)
            (n + j).store(dh * (1 - update) * (1 - new * new), first: left)
            (next + j).store(dh * update, first: left)
        }
    }
}

/// Second half: the gradient of r, and the state's gradient through `r · h₋₁`.
///
/// - Parameter dResetHidden: `[sequence, hiddenSize]`, gradient of `r · h₋₁`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func gruResetGradientResetBefore<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, dResetHidden: Matrix<Scalar>, carry: Matrix<Scalar>
) {
    let size = hidden.columns
    for row in 0..<step.count {
        let r = gates.row(step.row &+ row)
        let before = hidden.row(step.previousState &+ row)
        let product = dResetHidden.row(step.sequence &+ row), next = carry.row(step.sequence &+ row)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let left = size &- j
            let reset = (r + j).vector(), d = (product + j).vector()
            (next + j).store((next + j).vector().addingProduct(d, reset), first: left)
            (r + j).store(d * (before + j).vector() * (reset * (1 - reset)), first: left)
        }
    }
}
