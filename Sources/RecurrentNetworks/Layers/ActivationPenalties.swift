import Kernels

/// What large activations of a stack's top layer, and large changes of them, add to the loss.
///
/// The loss that is reported has no part of it. The means are over all rows, also where a row has no row before it.
///
/// - Source: Merity, McCann & Socher 2017 (AR and TAR).
public final class ActivationPenalties<Scalar: KernelScalar> {
    private let activations: Double, changes: Double
    /// What the last pass added to the loss, summed over rows.
    public private(set) var total: Scalar = 0

    /// - Parameters:
    ///   - strengths: Of activation regularisation and of temporal activation regularisation; 0: none.
    ///   - targetsPerRow: Numbers of a row that the loss is a mean over.
    public init(_ strengths: (activations: Double, changes: Double), targetsPerRow: Int = 1) {
        activations = strengths.activations * Double(targetsPerRow)
        changes = strengths.changes * Double(targetsPerRow)
    }

    /// Adds the gradient of the first penalty, which begins a pass.
    ///
    /// - Parameters:
    ///   - states: What the output layer read, units dropped, `[row, H]`.
    ///   - d: Their gradient.
    public func penalize(_ states: Matrix<Scalar>, into d: Matrix<Scalar>) {
        total = 0
        guard activations > 0 else { return }
        add(rows: states.rows) { penalizeActivations(states, strength: Scalar(activations), penalties: &$0, into: d) }
    }

    /// Adds the gradient of the second penalty.
    ///
    /// - Parameters:
    ///   - states: Of the top layer in natural order, no units dropped, `[row, H]`.
    ///   - d: Their gradient.
    public func penalizeSteps(_ states: Matrix<Scalar>, _ batch: PackedSequences, into d: Matrix<Scalar>) {
        guard changes > 0 else { return }
        add(rows: states.rows) { penalizeChanges(states, batch, strength: Scalar(changes), penalties: &$0, into: d) }
    }

    private func add(rows: Int, _ body: (inout [Scalar]) -> Void) {
        var penalties = [Scalar](repeating: 0, count: rows)
        body(&penalties)
        total = penalties.reduce(total, +)
    }
}
