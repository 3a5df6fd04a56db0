import Kernels

/// What a cell's recurrence over one direction works on.
struct Recurrence<Scalar: KernelScalar> {
    let batch: PackedSequences
    let pass: Pass
    let team: ThreadTeam
    /// The example and the time step of each row, which masks depend on; read only in training.
    let examples: AlignedBuffer<Int32>, times: AlignedBuffer<Int32>

    /// Longest stretch of steps a gradient travels, counted from each sequence's end; nil: no limit.
    private var truncation: Int? { pass.truncation }

    /// - Parameter hasMasks: Whether anything will ask for examples and times.
    init(_ input: SequenceInput<Scalar>, _ pass: Pass, hasMasks: Bool, team: ThreadTeam) {
        batch = input.packed
        self.pass = pass
        self.team = team
        let none = AlignedBuffer<Int32>(count: 0)
        examples = hasMasks && pass.trainingStep != nil ? input.rowExamples : none
        times = hasMasks && pass.trainingStep != nil ? input.rowTimes : none
    }

    /// Runs `body` for every step of every sequence, first to last; threads take sequences of their own.
    func forEachStep(_ body: (StepRows) -> Void) {
        team.split(batch.sequences, grain: 8) { range in
            for t in 0..<batch.steps {
                let step = batch.step(t, of: range)
                if step.count == 0 { break }
                body(step)
            }
        }
    }

    /// Runs `body` for every step that gradients flow through, last to first, then cuts the gradient of
    /// the state before where a window of truncated backpropagation begins.
    ///
    /// - Parameters:
    ///   - liveSteps: Only each sequence's last so many steps have a gradient; nil: all.
    ///   - carries: Gradients of the states before the step, `[sequence, hiddenSize]`.
    func forEachStepBackward(liveSteps: Int?, carries: [Matrix<Scalar>], _ body: (StepRows) -> Void) {
        team.split(batch.sequences, grain: 8) { range in
            for t in (0..<batch.steps).reversed() {
                // Sequences fall in length: those near their end come last.
                var first = range.lowerBound
                let end = min(batch.active[t], range.upperBound)
                if let liveSteps { while first < end && batch.lengths[first] - t > liveSteps { first += 1 } }
                if first >= end { continue }
                let step = batch.step(t, of: first..<end)
                body(step)
                if let truncation {
                    for j in first..<end where (batch.lengths[j] - t) % truncation == 0 {
                        for carry in carries { clearRows(carry, j..<j + 1) }
                    }
                }
            }
        }
    }
}

/// The recurrent part of one direction of a layer: what turns pre-activations into states, step by step.
///
/// All buffers hold rows in processing order. State buffers begin with the states before the first step.
protocol RecurrentCell<Scalar>: AnyObject {
    associatedtype Scalar: KernelScalar

    /// Columns of the pre-activations.
    var gateColumns: Int { get }

    /// Cell states, `[initial + row, hiddenSize]`, of the last pass; nil: the cell has none beside the hidden states.
    var memory: Matrix<Scalar>? { get }

    /// Whether there are cell states beside the hidden states.
    static var hasMemory: Bool { get }

    /// Where its recurrent weight lies, `[hiddenSize, gateColumns]`.
    var recurrentWeight: ParameterSlice { get }

    /// Takes over a changed recurrent weight, or one with elements dropped.
    ///
    /// - Parameters:
    ///   - values: Where it lies, its elements in the order of the parameters.
    ///   - offset: Its first element.
    func pack(_ values: AlignedBuffer<Scalar>, offset: Int)

    /// Turns pre-activations into gates and computes all hidden states.
    ///
    /// - Parameters:
    ///   - gates: `[row, gateColumns]`, the input's part of the pre-activations; receives the gates.
    ///   - hidden: `[initial + row, hiddenSize]`, begins with the initial states, receives the others.
    ///   - initialMemory: `[sequence, hiddenSize]`, initial cell states; nil: zeros, or the cell has none.
    func forward(
        _ recurrence: Recurrence<Scalar>, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, initialMemory: Matrix<Scalar>?,
        parameters: Parameters<Scalar>)

    /// Turns gates into gradients of the pre-activations.
    ///
    /// - Parameters:
    ///   - dHidden: `[row, hiddenSize]`, gradients of the states from above.
    ///   - carry: Gradients of the hidden states after each sequence's last step, `[sequence, hiddenSize]`; replaced by
    ///     those of the initial states.
    ///   - carryMemory: Likewise of the cell states; read only where the cell has some.
    func backward(
        _ recurrence: Recurrence<Scalar>, liveSteps: Int?, gates: Matrix<Scalar>, hidden: Matrix<Scalar>,
        dHidden: Matrix<Scalar>,
        carry: Matrix<Scalar>, carryMemory: Matrix<Scalar>)

    /// Sums the recurrent parameters' gradients, after `backward`.
    ///
    /// - Parameters:
    ///   - hidden: The states, times `stateFactor`.
    ///   - stateFactor: Whatever else the recurrent weight is multiplied with is to be scaled by it, too.
    func sumGradients(
        _ rows: GradientRows, gates: Matrix<Scalar>, hidden: Matrix<Scalar>, stateFactor: Scalar,
        into gradients: Gradients<Scalar>, team: ThreadTeam)
}

extension RecurrentCell {
    static var hasMemory: Bool { false }
    var memory: Matrix<Scalar>? { nil }
}

/// Memory for a matrix that grows to the largest batch seen and is then reused.
package struct ReusedMatrix<Scalar: KernelScalar> {
    private var storage = AlignedBuffer<Scalar>(count: 0)

    package init() {}

    /// A matrix of that shape; its content is whatever was there.
    package mutating func reshaped(rows: Int, columns: Int) -> Matrix<Scalar> {
        if storage.count < rows * columns {
            // Where batches differ, room for a somewhat larger one; where they are alike, none.
            let spare = storage.count == 0 ? 0 : rows * columns / 4
            storage = AlignedBuffer(count: 0)  // let go of first
            storage = AlignedBuffer(count: rows * columns + spare)
        }
        return Matrix(storage, rows: rows, columns: columns)
    }

    /// A matrix of zeros.
    package mutating func zeros(rows: Int, columns: Int) -> Matrix<Scalar> {
        let matrix = reshaped(rows: rows, columns: columns)
        storage.clear(0..<rows * columns)
        return matrix
    }
}
