import Kernels

/// The states of one direction of a layer between two time steps, or their gradients.
public struct DirectionState<Scalar: KernelScalar> {
    /// `[sequence, hiddenSize]`
    public let hidden: Matrix<Scalar>
    /// Cell states of an LSTM, `[sequence, hiddenSize]`; nil for other cells.
    public let memory: Matrix<Scalar>?

    public init(hidden: Matrix<Scalar>, memory: Matrix<Scalar>?) {
        self.hidden = hidden
        self.memory = memory
    }
}

/// The states of a stack of layers between two time steps, or their gradients: sequences in packed order.
public struct RecurrentState<Scalar: KernelScalar> {
    /// Layer by layer, forward before backward direction.
    public var directions: [DirectionState<Scalar>]

    public init(directions: [DirectionState<Scalar>]) { self.directions = directions }

    /// All matrices, hidden before cell states: each `[sequence, size]`.
    public var parts: [Matrix<Scalar>] { directions.flatMap { [$0.hidden] + ($0.memory.map { [$0] } ?? []) } }
}
