/// Finds the first layer whose numbers are not finite, in a pass made again after a step went wrong.
///
/// One line behind what a layer computes, `team.probe.look("layers/0", rows)`. Off, as it is in every other pass, that
/// costs a load. Only the team's first thread calls it.
public final class FiniteProbe: @unchecked Sendable {
    private var isRunning = false
    private var found: String?

    init() {}

    /// Begins to look.
    public func start() {
        found = nil
        isRunning = true
    }

    /// Looks at what a layer puts out, unless an earlier one was found.
    public func look<Scalar: KernelScalar>(_ layer: @autoclosure () -> String, _ rows: @autoclosure () -> Matrix<Scalar>)
    {
        if isRunning, found == nil, !isFinite(rows()) { found = layer() }
    }

    /// Ends looking.
    ///
    /// - Returns: The first layer in the order of the pass; nil: all numbers were finite.
    public func stop() -> String? {
        isRunning = false
        return found
    }
}

/// Whether all elements are numbers, none of them infinite.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func isFinite<Scalar: KernelScalar>(_ x: Matrix<Scalar>) -> Bool {
    (0..<x.rows).allSatisfy { row in (0..<x.columns).allSatisfy { x[row, $0].isFinite } }
}
