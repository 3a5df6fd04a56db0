import Kernels

/// Zoneout: a unit keeps its previous state with some probability; in evaluation it takes the mean of both.
///
///     s = k · s₋₁ + (1 - k) · s̃        k = 1 with probability p, else 0; evaluation: k = p
///
/// - Source: Krueger et al. 2017.
final class Zoneout<Scalar: KernelScalar> {
    private let probability: Double
    /// Which of the model's zoneouts this is.
    private let number: UInt64
    private var keptMemory = ReusedMatrix<Scalar>(), candidateMemory = ReusedMatrix<Scalar>()
    private var passedMemory = ReusedMatrix<Scalar>()
    private var kept = Matrix<Scalar>(rows: 0, columns: 0)  // k [row, H]
    private var passed = Matrix<Scalar>(rows: 0, columns: 0)  // gradient that reaches the states before, [sequence, H]
    /// Gradient of the candidates, `[row, H]`.
    private(set) var dCandidate = Matrix<Scalar>(rows: 0, columns: 0)

    init(probability: Double, name: String) {
        self.probability = probability
        number = nameHash(name)
    }

    /// Draws the units that keep their state.
    func begin(_ recurrence: Recurrence<Scalar>, size: Int) {
        let batch = recurrence.batch
        kept = keptMemory.reshaped(rows: batch.rows, columns: size)
        passed = passedMemory.reshaped(rows: batch.sequences, columns: size)
        dCandidate = candidateMemory.reshaped(rows: batch.rows, columns: size)
        if let step = recurrence.pass.trainingStep {
            dropoutMask(
                RandomStream(seed: recurrence.pass.seed, purpose: .zoneout, index: number), probability: probability,
                step: step,
                examples: recurrence.examples, times: recurrence.times, into: kept)
            keepWhereDropped(kept)
        } else {
            fill(kept, with: Scalar(probability))
        }
    }

    /// Blends a step's candidates into `states` `[initial + row, H]`.
    ///
    /// - Parameter candidate: Rows from `row` on; nil: what `states` holds.
    func forward(_ step: StepRows, candidate: (matrix: Matrix<Scalar>, row: Int)? = nil, states: Matrix<Scalar>) {
        zoneoutForward(
            step, kept: kept, candidate: candidate?.matrix ?? states, candidateRow: candidate?.row ?? step.state,
            states: states)
    }

    /// Splits the gradient of a step's states, from above and from the next step, into that of the candidates (in
    /// `dCandidate`; `carry` becomes zero) and that of the states before, which `join` adds.
    func backward(_ step: StepRows, above: Matrix<Scalar>, carry: Matrix<Scalar>) {
        zoneoutBackward(step, kept: kept, above: above, carry: carry, dCandidate: dCandidate, passed: passed)
    }

    /// The same for states that only the next step reads: the candidates' gradient takes the place of `carry`.
    func backward(_ step: StepRows, carry: Matrix<Scalar>) {
        zoneoutBackward(step, kept: kept, above: nil, carry: carry, dCandidate: nil, passed: passed)
    }

    /// Adds to `carry`, the gradient of the states before, what passed by the candidates.
    func join(_ step: StepRows, carry: Matrix<Scalar>) { addStepRows(step, passed, firstRow: step.sequence, to: carry) }
}
