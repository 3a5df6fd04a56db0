/// Where one time step of a range of sequences lies in the buffers of a recurrence.
public struct StepRows: Sendable {
    /// First row of the step, among `[row]` buffers.
    public let row: Int
    /// First row of the states after the step, in state buffers, which begin with the initial states.
    public let state: Int
    /// First row of the states before the step.
    public let previousState: Int
    /// First sequence of the range.
    public let sequence: Int
    /// Sequences in the range that have this step.
    public let count: Int

    public init(row: Int, state: Int, previousState: Int, sequence: Int, count: Int) {
        self.row = row
        self.state = state
        self.previousState = previousState
        self.sequence = sequence
        self.count = count
    }
}

/// Gates and states of one LSTM step.
///
///     i = σ(aᵢ)   f = σ(a_f)   g = tanh(a_g)   o = σ(aₒ)
///     c = f · c₋₁ + i · g      h = o · tanh c
///
/// - Parameters:
///   - gates: `[row, 4 · hiddenSize]`, pre-activations in order i, f, g, o; replaced by the gates.
///   - cell: `[initial + row, hiddenSize]`, cell states.
///   - hidden: `[initial + row, hiddenSize]`, hidden states.
/// - Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func lstmForward<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, cell: Matrix<Scalar>, hidden: Matrix<Scalar>
) {
    let size = hidden.columns
    for r in 0..<step.count {
        let i = gates.row(step.row &+ r), f = i + size, g = f + size, o = g + size
        let before = cell.row(step.previousState &+ r), c = cell.row(step.state &+ r)
        let h = hidden.row(step.state &+ r)
        applySigmoid(i, count: 2 &* size)
        applyTanh(g, count: size)
        applySigmoid(o, count: size)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let left = size &- j
            let state = ((i + j).vector() * (g + j).vector()).addingProduct((f + j).vector(), (before + j).vector())
            (c + j).store(state, first: left)
            (h + j).store(state, first: left)
        }
        applyTanh(h, count: size)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            (h + j).store((o + j).vector() * (h + j).vector(), first: size &- j)
        }
    }
}

/// Gradients of one LSTM step with respect to its pre-activations and the cell state before it.
///
/// - Parameters:
///   - gates: The gates; replaced by the gradients of the pre-activations.
///   - tanhCell: `[row, hiddenSize]`, what the output gate was multiplied with; nil: `tanh c`, computed once more,
///     which costs up to 1.5 % of a small network's step and saves a seventh of the layer's memory.
///   - dHidden: `[row, hiddenSize]`, gradient of the hidden states from above.
///   - carryHidden: `[sequence, hiddenSize]`, gradient of the hidden states from the next step.
///   - carryCell: `[sequence, hiddenSize]`, likewise of the cell states; replaced by that of the states before.
///   - cellIsNormalized: The cell states were normalised before they reached the output; `carryCell` holds what came
///     that way already.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func lstmBackward<Scalar: KernelScalar>(
    _ step: StepRows, gates: Matrix<Scalar>, cell: Matrix<Scalar>, tanhCell: Matrix<Scalar>?, dHidden: Matrix<Scalar>,
    carryHidden: Matrix<Scalar>, carryCell: Matrix<Scalar>, cellIsNormalized: Bool = false
) {
    let size = cell.columns
    for r in 0..<step.count {
        let i = gates.row(step.row &+ r), f = i + size, g = f + size, o = g + size
        let before = cell.row(step.previousState &+ r), c = cell.row(step.state &+ r)
        let kept = tanhCell?.row(step.row &+ r)
        let above = dHidden.row(step.row &+ r)
        let next = carryHidden.row(step.sequence &+ r), carry = carryCell.row(step.sequence &+ r)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            let left = size &- j
            let inputGate = (i + j).vector(), forgetGate = (f + j).vector()
            let candidate = (g + j).vector(), outputGate = (o + j).vector()
            let squashed = kept.map { ($0 + j).vector() } ?? Scalar.hyperbolicTangent((c + j).vector())
            let dh = (above + j).vector() + (next + j).vector()
            let later = (carry + j).vector()
            let dc = cellIsNormalized ? later : later.addingProduct(dh * outputGate, 1 - squashed * squashed)
            let previous = (before + j).vector()
            (i + j).store(dc * candidate * (inputGate * (1 - inputGate)), first: left)
            (f + j).store(dc * previous * (forgetGate * (1 - forgetGate)), first: left)
            (g + j).store(dc * inputGate * (1 - candidate * candidate), first: left)
            (o + j).store(dh * squashed * (outputGate * (1 - outputGate)), first: left)
            (carry + j).store(dc * forgetGate, first: left)
        }
    }
}
