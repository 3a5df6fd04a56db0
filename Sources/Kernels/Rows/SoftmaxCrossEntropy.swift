/// Softmax and cross-entropy of each row: `loss = w · (log Σₖ exp zₖ - z_target)`.
///
/// - Parameters:
///   - logits: `[row, classes]`; replaced by the gradient of the loss, `w · (softmax - one-hot)`.
///   - targets: The class of each row.
///   - weights: The weight `w` of each row's loss.
///   - smoothing: Share `ε` of the target that is spread over all classes: `loss = w · (log Σₖ exp zₖ - (1 - ε)
///     z_target - ε/K Σₖ zₖ)`. Source: Szegedy et al. 2016, section 7.
///   - losses: Receives each row's weighted loss, in nats.
///   - predictions: Receives each row's most probable class; the first of equals.
///   - team: Threads that share the rows; nil: this one.
public func softmaxCrossEntropy<Scalar: KernelScalar>(
    _ logits: Matrix<Scalar>, targets: [Int32], weights: [Scalar], smoothing: Scalar = 0, losses: inout [Scalar],
    predictions: inout [Int32], team: ThreadTeam? = nil
) {
    precondition(
        targets.count == logits.rows && weights.count == logits.rows && losses.count == logits.rows
            && predictions.count == logits.rows && targets.allSatisfy { $0 >= 0 && $0 < logits.columns },
        "every row needs a target within the classes")
    losses.withUnsafeMutableBufferPointer { losses in
        predictions.withUnsafeMutableBufferPointer { predictions in
            // Threads write rows of their own.
            nonisolated(unsafe) let losses = losses, predictions = predictions
            func part(_ rows: Range<Int>) {
                crossEntropy(logits, rows, targets, weights, smoothing, losses, predictions)
            }
            if let team { team.split(logits.rows, grain: 8, part) } else { part(0..<logits.rows) }
        }
    }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func crossEntropy<Scalar: KernelScalar>(
    _ logits: Matrix<Scalar>, _ rows: Range<Int>, _ targets: [Int32], _ weights: [Scalar], _ smoothing: Scalar,
    _ losses: UnsafeMutableBufferPointer<Scalar>, _ predictions: UnsafeMutableBufferPointer<Int32>
) {
    for row in rows {
        let z = logits.row(row), target = Int(targets[row]), weight = weights[row]
        let targetLogit = z[target]
        let shared = smoothing / Scalar(logits.columns)
        var meanLogit: Scalar = 0
        if smoothing > 0 { for j in 0..<logits.columns { meanLogit += shared * z[j] } }
        let (best, largest, sum) = exponentials(z, count: logits.columns)
        losses[row] = weight * (largest - (1 - smoothing) * targetLogit - meanLogit + Scalar.naturalLogarithm(of: sum))
        predictions[row] = Int32(truncatingIfNeeded: best)
        let factor = Scalar.Vector(repeating: weight / sum)
        for j in stride(from: 0, to: logits.columns, by: Scalar.lanes) {
            (z + j).store(
                (z + j).vector() * factor - Scalar.Vector(repeating: weight * shared), first: logits.columns &- j)
        }
        z[target] -= weight * (1 - smoothing)
    }
}

/// Replaces each row of logits by its softmax.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func softmax<Scalar: KernelScalar>(_ logits: Matrix<Scalar>) {
    for row in 0..<logits.rows {
        let z = logits.row(row)
        let (_, _, sum) = exponentials(z, count: logits.columns)
        let factor = Scalar.Vector(repeating: 1 / sum)
        for j in stride(from: 0, to: logits.columns, by: Scalar.lanes) {
            (z + j).store((z + j).vector() * factor, first: logits.columns &- j)
        }
    }
}

/// The logarithm of each row's softmax: `y = shift + z - log Σₖ exp zₖ`.
///
/// - Parameters:
///   - shifts: A number for each row; nil: zeros.
///   - y: As `logits`, which it may be.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func logSoftmax<Scalar: KernelScalar>(
    _ logits: Matrix<Scalar>, shifts: AlignedBuffer<Scalar>? = nil, into y: Matrix<Scalar>
) {
    precondition(
        y.rows >= logits.rows && y.columns == logits.columns && shifts.map { $0.count >= logits.rows } ?? true,
        "a logarithm has the row's shape")
    for row in 0..<logits.rows {
        let z = logits.row(row), target = y.row(row), count = logits.columns
        let largest = largest(z, count: count)
        var sum: Scalar = 0
        for j in stride(from: 0, to: count, by: Scalar.lanes) {
            let powers = Scalar.exponential((z + j).vector() - largest)
            for lane in 0..<min(Scalar.lanes, count &- j) { sum += powers[lane] }
        }
        let shift = Scalar.Vector(repeating: (shifts?.pointer[row] ?? 0) - largest - Scalar.naturalLogarithm(of: sum))
        for j in stride(from: 0, to: count, by: Scalar.lanes) {
            (target + j).store((z + j).vector() + shift, first: count &- j)
        }
    }
}

/// Replaces `z` by `exp(z - max z)`.
///
/// The sum has one chain a lane, then the lanes in order: the width of a vector belongs to the scalar's type, not to
/// the processor.
@inline(__always)
private func exponentials<Scalar: KernelScalar>(
    _ z: UnsafeMutablePointer<Scalar>, count: Int
) -> (best: Int, largest: Scalar, sum: Scalar) {
    let whole = count / Scalar.lanes * Scalar.lanes
    let largest = largest(z, count: count)
    var best = 0
    while best < whole && !Scalar.contains((z + best).vector(), largest) { best += Scalar.lanes }
    while best < count &- 1 && z[best] != largest { best += 1 }
    let shift = Scalar.Vector(repeating: largest)
    var sums = Scalar.Vector()
    for j in stride(from: 0, to: whole, by: Scalar.lanes) {
        let powers = Scalar.exponential((z + j).vector() - shift)
        (z + j).store(powers)
        sums += powers
    }
    var sum: Scalar = 0
    for lane in 0..<Scalar.lanes { sum += sums[lane] }
    if whole < count {
        (z + whole).store(Scalar.exponential((z + whole).vector() - shift), first: count &- whole)
        for j in whole..<count { sum += z[j] }
    }
    return (best, largest, sum)
}

/// The largest of `z`; a NaN is passed over.
@inline(__always)
private func largest<Scalar: KernelScalar>(_ z: UnsafeMutablePointer<Scalar>, count: Int) -> Scalar {
    var largest = z[0], j = 0
    if count >= Scalar.lanes {
        var lanes = z.vector()
        while j &+ Scalar.lanes <= count {
            lanes = Scalar.maximum(lanes, (z + j).vector())
            j += Scalar.lanes
        }
        for lane in 0..<Scalar.lanes where lanes[lane] > largest { largest = lanes[lane] }
    }
    while j < count {
        if z[j] > largest { largest = z[j] }
        j += 1
    }
    return largest
}
