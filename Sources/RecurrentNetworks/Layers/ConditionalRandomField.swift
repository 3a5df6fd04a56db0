import Kernels

/// A linear-chain conditional random field over the time steps of each sequence: scores for whole sequences of tags.
///
///     score(y) = start[y₁] + Σₜ eₜ[yₜ] + Σₜ transitions[yₜ, yₜ₊₁] + end[y_T];   p(y) = exp(score(y)) / Z
///
/// - Source: Lafferty, McCallum & Pereira 2001; over a recurrent network: Huang, Xu & Yu 2015.
public final class ConditionalRandomField<Scalar: KernelScalar> {
    private let count: Int
    private let transitions: ParameterSlice  // [K, K], from tag to tag
    private let start: ParameterSlice, end: ParameterSlice  // [K]
    // No memory before the first values.
    private lazy var factors = Matrix<Scalar>(rows: count, columns: count)  // exp(transitions)
    private lazy var ends = Matrix<Scalar>(rows: 1, columns: count)  // exp(end), [1, K]
    private lazy var packed = PackedMatrix<Scalar>(inputs: count, outputs: count)
    private lazy var packedTransposed = PackedMatrix<Scalar>(inputs: count, outputs: count)
    private let team: ThreadTeam
    private var weightMemory = ReusedMatrix<Scalar>(), sumMemory = ReusedMatrix<Scalar>()
    private var gradientMemory = ReusedMatrix<Scalar>(), leafMemory = ReusedMatrix<Scalar>()
    private var weights = Matrix<Scalar>(rows: 0, columns: 0)  // a, [initial + row, K]
    private var sums = Matrix<Scalar>(rows: 0, columns: 0)  // S, then b, [row, K]
    private var normalizers = AlignedBuffer<Scalar>(count: 0)

    /// - Parameters:
    ///   - name: Before the names of the parameters.
    ///   - tags: At least 1.
    public init(name: String, tags: Int, team: ThreadTeam, layout: inout ParameterLayout) {
        precondition(tags > 0, "a chain has tags")
        count = tags
        self.team = team
        let small = InitialValues.uniform(limit: 0.1)
        transitions = layout.add(
            "\(name)/transitions", shape: [tags, tags], small, note: "from tag (row) to tag (column)",
            isWeight: false)
        start = layout.add("\(name)/start", shape: [tags], small)
        end = layout.add("\(name)/end", shape: [tags], small)
    }

    /// Takes over changed scores.
    public func pack(_ parameters: Parameters<Scalar>) {
        exponentials(
            Matrix(parameters.dense, offset: transitions.offset, rows: count, columns: count), into: factors)
        exponentials(Matrix(parameters.dense, offset: end.offset, rows: 1, columns: count), into: ends)
        packed.pack(factors)
        packedTransposed.packTransposed(factors)
    }

    /// The negative log-likelihood of given tags.
    ///
    /// - Parameters:
    ///   - emissions: `[row, K]` in natural order; must stay as they are until `backward`.
    ///   - tags: The tag of each row.
    /// - Returns: `[sequence]` in packed order, in nats.
    public func losses(
        _ emissions: Matrix<Scalar>, tags: AlignedBuffer<Int32>, _ batch: PackedSequences,
        _ parameters: Parameters<Scalar>
    ) -> [Double] {
        precondition(
            emissions.rows >= batch.rows && emissions.columns == count && tags.count >= batch.rows
                && tags.elements.allSatisfy { $0 >= 0 && $0 < count }, "every row needs scores and a tag within them")
        weights = weightMemory.reshaped(rows: batch.sequences + batch.rows, columns: count)
        sums = sumMemory.reshaped(rows: batch.rows, columns: count)
        let packed = packed, weights = weights, sums = sums, shifts = AlignedBuffer<Scalar>(count: batch.rows)
        // Nothing comes before a first step: its row of the transitions' gradient is zero.
        clearRows(weights, 0..<batch.sequences)
        team.split(batch.sequences, grain: 8) { range in
            for t in 0..<batch.steps {
                let step = batch.step(t, of: range)
                if step.count == 0 { break }
                if t > 0 {
                    multiply(
                        weights, rows: RowSelection(first: step.previousState, count: step.count), by: packed,
                        into: sums,
                        rows: RowSelection(first: step.row, count: step.count))
                }
                forwardChain(
                    step, isFirst: t == 0, emissions: emissions, sums: sums, start: parameters.dense,
                    startOffset: start.offset,
                    weights: weights, shifts: shifts)
            }
        }
        normalizers = AlignedBuffer(count: batch.sequences)
        let losses = AlignedBuffer<Double>(count: batch.sequences)
        chainLosses(
            batch, emissions: emissions, weights: weights, shifts: shifts, ends: ends, parameters: parameters.dense,
            transitions: transitions.offset, start: start.offset, end: end.offset, tags: tags, normalizers: normalizers,
            losses: losses)
        return withExtendedLifetime(losses) { Array(losses.elements) }
    }

    /// Sums the gradients of the scores' parameters, after `losses` of the same batch.
    ///
    /// - Returns: The gradient of the emissions, `[row, K]`, valid until the next pass.
    public func backward(
        tags: AlignedBuffer<Int32>, _ batch: PackedSequences, into gradients: Gradients<Scalar>
    ) -> Matrix<Scalar> {
        let gradient = gradientMemory.reshaped(rows: batch.rows, columns: count)
        let packedTransposed = packedTransposed, weights = weights, sums = sums
        team.split(batch.sequences, grain: 8) { range in
            for t in (0..<batch.steps).reversed() {
                let step = batch.step(t, of: range)
                if step.count == 0 { continue }
                var continuing = 0
                if t + 1 < batch.steps {
                    let next = batch.step(t + 1, of: range)
                    continuing = next.count
                    multiply(
                        sums, rows: RowSelection(first: next.row, count: next.count), by: packedTransposed,
                        into: gradient,
                        rows: RowSelection(first: step.row, count: next.count))
                }
                backwardChain(
                    step, isFirst: t == 0, continuing: continuing, weights: weights, ends: ends,
                    normalizers: normalizers,
                    tags: tags, sums: sums, gradients: gradient)
            }
        }
        sumGradients(gradient, tags: tags, batch, into: gradients)
        return gradient
    }

    private func sumGradients(
        _ gradient: Matrix<Scalar>, tags: AlignedBuffer<Int32>, _ batch: PackedSequences,
        into gradients: Gradients<Scalar>
    ) {
        let rows = batch.gradientRows(liveSteps: nil), leaves = rows.leaves
        let lastRows = AlignedBuffer(batch.leafSequences.elements.map { batch.lastRows[Int($0)] })
        columnSums(
            gradient, index: batch.leafSequences, leaves: batch.sequenceLeaves, into: gradients.dense,
            offset: start.offset)
        columnSums(gradient, index: lastRows, leaves: batch.sequenceLeaves, into: gradients.dense, offset: end.offset)
        // exp(transitions) scales the sum of each shard, before shards are added up: scaling the sum of several
        // would round differently for other numbers of ranks.
        let perLeaf = leafMemory.reshaped(rows: leaves.shards.count, columns: count * count)
        for (leaf, shard) in leaves.shards.enumerated() {
            let one = GradientLeaves(
                shards: [shard], bounds: [leaves.bounds[leaf], leaves.bounds[leaf + 1]],
                subtreeShards: [shard..<shard + 1])
            team.split(count, grain: 8) { range in
                weightGradient(
                    weights, index: rows.previousStates, sums, index: rows.rows, leaves: one, inputRange: range,
                    into: [perLeaf.storage],
                    at: .rowMajor(offset: leaf * count * count, inputs: count, outputs: count))
            }
        }
        transitionGradients(perLeaf, factors: factors, rows: rows, sequences: batch.sequences, tags: tags)
        let every = AlignedBuffer(leaves.shards.indices.map { Int32(truncatingIfNeeded: $0) })
        columnSums(
            perLeaf, index: every, leaves: leaves.moved(to: Array(0...leaves.shards.count)),
            into: gradients.dense, offset: transitions.offset)
    }

    /// The best tag of each row, `[row]`.
    public func decode(
        _ emissions: Matrix<Scalar>, _ batch: PackedSequences, _ parameters: Parameters<Scalar>
    ) -> [Int32] {
        precondition(emissions.rows >= batch.rows && emissions.columns == count, "every row needs scores")
        let tags = AlignedBuffer<Int32>(count: batch.rows)
        team.split(batch.sequences, grain: 8) { range in
            bestChains(
                batch, sequences: range, emissions: emissions, parameters: parameters.dense,
                transitions: transitions.offset,
                start: start.offset, end: end.offset, into: tags)
        }
        return withExtendedLifetime(tags) { Array(tags.elements) }
    }
}
