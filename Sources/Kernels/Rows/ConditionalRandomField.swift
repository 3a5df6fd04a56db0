// T time, K tags. A row of a linear-chain conditional random field: aₜ = exp(log αₜ - cₜ), where αₜ are the forward
// sums and cₜ makes the largest element 1. The sums over previous tags are products with exp(transitions); they lie
// between the row's largest factor and K times it, so that nothing vanishes as long as transition scores stay
// within ±80, of which training never comes near.

/// One time step of the forward algorithm, for the rows of some sequences.
///
///     log αₜ = log Sₜ + eₜ (t > 0),   s + e₀ (t = 0);   aₜ = exp(log αₜ - cₜ)
///
/// - Parameters:
///   - emissions: `e`, `[row, K]`.
///   - sums: `[row, K]`, S of the step's rows: `aₜ₋₁ · exp(transitions)`; read for t > 0 only.
///   - start: Scores of first tags, `[K]` at `startOffset`.
///   - weights: `[initial + row, K]`, receives `a`.
///   - shifts: `[row]`, receives `c`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func forwardChain<Scalar: KernelScalar>(
    _ step: StepRows, isFirst: Bool, emissions: Matrix<Scalar>, sums: Matrix<Scalar>, start: AlignedBuffer<Scalar>,
    startOffset: Int, weights: Matrix<Scalar>, shifts: AlignedBuffer<Scalar>
) {
    precondition(
        emissions.columns == weights.columns && sums.columns == weights.columns, "a chain needs matching shapes")
    let tags = weights.columns, first = start.pointer + startOffset
    for i in 0..<step.count {
        let row = step.row &+ i
        let e = emissions.row(row), s = sums.row(row), a = weights.row(step.state &+ i)
        for k in stride(from: 0, to: tags, by: Scalar.lanes) {
            let before = isFirst ? (first + k).vector() : Scalar.naturalLogarithm((s + k).vector())
            (a + k).store(before + (e + k).vector(), first: tags &- k)
        }
        var largest = a[0]
        for k in 1..<max(1, tags) where a[k] > largest { largest = a[k] }
        let shift = Scalar.Vector(repeating: largest)
        for k in stride(from: 0, to: tags, by: Scalar.lanes) {
            (a + k).store(Scalar.exponential((a + k).vector() - shift), first: tags &- k)
        }
        shifts.pointer[row] = largest
    }
    withExtendedLifetime(start) {}
}

/// The last step of the forward algorithm: `log Z = Σₜ cₜ + log Σₖ aₖ exp(endₖ)`, and the score of the given tags.
///
/// - Parameters:
///   - weights: `[initial + row, K]`.
///   - ends: `exp(end)`, `[1, K]`.
///   - transitions, start, end: Scores `[K, K]` from tag to tag and `[K]`, at offsets of `parameters`.
///   - tags: The tag of each row.
///   - normalizers: `[sequence]`, receives `Σₖ aₖ exp(endₖ)`.
///   - losses: `[sequence]`, receives the negative log-likelihood of the tags, in nats.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func chainLosses<Scalar: KernelScalar>(
    _ batch: PackedSequences, emissions: Matrix<Scalar>, weights: Matrix<Scalar>, shifts: AlignedBuffer<Scalar>,
    ends: Matrix<Scalar>, parameters: AlignedBuffer<Scalar>, transitions: Int, start: Int, end: Int,
    tags: AlignedBuffer<Int32>, normalizers: AlignedBuffer<Scalar>, losses: AlignedBuffer<Double>
) {
    let count = emissions.columns
    for j in 0..<batch.sequences {
        let last = batch.offsets[batch.lengths[j] &- 1] &+ j
        let a = weights.row(batch.sequences &+ last), factor = ends.row(0)
        var sum: Scalar = 0
        for k in 0..<count { sum += a[k] * factor[k] }
        normalizers.pointer[j] = sum
        // Differences step by step, in Double: both sides of the loss grow with the length, their difference does not.
        var loss = Double(Scalar.naturalLogarithm(of: sum)) - Double(parameters.pointer[end &+ Int(tags.pointer[last])])
        var previous = -1
        for t in 0..<batch.lengths[j] {
            let row = batch.offsets[t] &+ j, tag = Int(tags.pointer[row])
            let move = previous < 0 ? start &+ tag : transitions &+ previous &* count &+ tag
            loss += Double(shifts.pointer[row]) - Double(emissions.row(row)[tag]) - Double(parameters.pointer[move])
            previous = tag
        }
        losses.pointer[j] = loss
    }
}

/// One time step of the backward pass, which turns emission scores' rows into their gradients.
///
///     pₜ = aₜ · (bₜ₊₁ exp(transitions)ᵀ),   aₜ exp(end) / Z at a sequence's end;   bₜ = pₜ / Sₜ
///
/// `pₜ` are the probabilities of the step's tags; the loss's gradient is `pₜ - one-hot(tag)`.
///
/// - Parameters:
///   - continuing: So many of the step's sequences go on; `gradients` holds their `bₜ₊₁ exp(transitions)ᵀ`.
///   - sums: S, replaced by b; the rows of the first step become zeros.
///   - gradients: `[row, K]`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func backwardChain<Scalar: KernelScalar>(
    _ step: StepRows, isFirst: Bool, continuing: Int, weights: Matrix<Scalar>, ends: Matrix<Scalar>,
    normalizers: AlignedBuffer<Scalar>, tags: AlignedBuffer<Int32>, sums: Matrix<Scalar>, gradients: Matrix<Scalar>
) {
    let count = weights.columns
    for i in 0..<step.count {
        let row = step.row &+ i
        let a = weights.row(step.state &+ i), s = sums.row(row), d = gradients.row(row), factor = ends.row(0)
        let share = Scalar.Vector(repeating: 1 / normalizers.pointer[step.sequence &+ i])
        for k in stride(from: 0, to: count, by: Scalar.lanes) {
            let after = i < continuing ? (d + k).vector() : (factor + k).vector() * share
            let p = (a + k).vector() * after
            (d + k).store(p, first: count &- k)
            (s + k).store(isFirst ? Scalar.Vector() : p / (s + k).vector(), first: count &- k)
        }
        d[Int(tags.pointer[row])] -= 1
    }
}

/// Turns the sums `Σ aᵀ b` of each shard into gradients of the transition scores: `exp(transitions)` times the sum,
/// minus how often the given tags make each transition.
///
/// - Parameters:
///   - sums: `[leaf, K · K]`.
///   - factors: `exp(transitions)`, `[K, K]`.
///   - previousStates: For each position of the leaves the row of the state before, in buffers that begin with
///     `batch.sequences` initial rows.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func transitionGradients<Scalar: KernelScalar>(
    _ sums: Matrix<Scalar>, factors: Matrix<Scalar>, rows: GradientRows, sequences: Int, tags: AlignedBuffer<Int32>
) {
    let count = factors.columns
    for leaf in 0..<sums.rows {
        let sum = sums.row(leaf), factor = factors.row(0)
        for k in stride(from: 0, to: sums.columns, by: Scalar.lanes) {
            (sum + k).store((sum + k).vector() * (factor + k).vector(), first: sums.columns &- k)
        }
        for position in rows.leaves.bounds.pointer[leaf]..<rows.leaves.bounds.pointer[leaf &+ 1] {
            let before = Int(rows.previousStates.pointer[position]) &- sequences
            if before < 0 { continue }
            let from = Int(tags.pointer[before]), to = Int(tags.pointer[Int(rows.rows.pointer[position])])
            sum[from &* count &+ to] -= 1
        }
    }
}

/// `y = exp(x)`, row by row.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func exponentials<Scalar: KernelScalar>(_ x: Matrix<Scalar>, into y: Matrix<Scalar>) {
    precondition(x.columns == y.columns && x.rows == y.rows, "exponentials need matching shapes")
    for r in 0..<y.rows {
        let source = x.row(r), target = y.row(r)
        for j in stride(from: 0, to: y.columns, by: Scalar.lanes) {
            (target + j).store(Scalar.exponential((source + j).vector()), first: y.columns &- j)
        }
    }
}

/// The best tags of each sequence under emission and transition scores (Viterbi's algorithm); the first of equals.
///
/// - Parameters:
///   - transitions, start, end: Scores `[K, K]` from tag to tag and `[K]`, at offsets of `parameters`.
///   - sequences: The sequences to decode.
///   - tags: `[row]`, receives the tags.
/// - Source: Viterbi 1967; Lafferty, McCallum & Pereira 2001 for the model.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func bestChains<Scalar: KernelScalar>(
    _ batch: PackedSequences, sequences: Range<Int>, emissions: Matrix<Scalar>, parameters: AlignedBuffer<Scalar>,
    transitions: Int, start: Int, end: Int, into tags: AlignedBuffer<Int32>
) {
    let count = emissions.columns
    let from = AlignedBuffer<Int32>(count: batch.steps * count)
    var scores = AlignedBuffer<Scalar>(count: count), next = AlignedBuffer<Scalar>(count: count)
    for j in sequences {
        let length = batch.lengths[j], first = emissions.row(j)
        for k in 0..<count { scores.pointer[k] = parameters.pointer[start &+ k] + first[k] }
        for t in 1..<max(1, length) {
            let e = emissions.row(batch.offsets[t] &+ j), origin = from.pointer + t &* count, best = next.pointer
            for k in 0..<count {
                best[k] = scores.pointer[0] + parameters.pointer[transitions &+ k]
                origin[k] = 0
            }
            for i in 1..<max(1, count) {
                let score = scores.pointer[i], row = parameters.pointer + (transitions &+ i &* count)
                for k in 0..<count {
                    let value = score + row[k]
                    let isBetter = value > best[k]
                    best[k] = isBetter ? value : best[k]
                    origin[k] = isBetter ? Int32(truncatingIfNeeded: i) : origin[k]
                }
            }
            for k in 0..<count { best[k] += e[k] }
            swap(&scores, &next)
        }
        var tag = 0
        for k in 0..<count {
            let best = scores.pointer[tag] + parameters.pointer[end &+ tag]
            if scores.pointer[k] + parameters.pointer[end &+ k] > best { tag = k }
        }
        for t in (0..<length).reversed() {
            tags.pointer[batch.offsets[t] &+ j] = Int32(truncatingIfNeeded: tag)
            if t > 0 { tag = Int(from.pointer[t &* count &+ tag]) }
        }
    }
    withExtendedLifetime((from, scores, next, parameters)) {}
}
