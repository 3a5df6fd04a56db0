/// Dot products of a row with each time step of its source: `score[row, t] = query[row] · key[t]`.
///
/// - Parameters:
///   - query: `[row, size]`.
///   - key: `[source row, size]`.
///   - sequences: The source sequences whose rows are computed.
///   - scores: `[row, steps]`; of each row as many columns are written as its source is long.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func attentionScores<Scalar: KernelScalar>(
    _ query: Matrix<Scalar>, _ key: Matrix<Scalar>, _ batch: AttentionRows, sequences: Range<Int>,
    into scores: Matrix<Scalar>
) {
    precondition(query.columns == key.columns && scores.columns >= batch.steps, "scores need matching shapes")
    batch.forEachRow(of: sequences) { row, sequence, length in
        let target = scores.row(row), q = query.row(row)
        for t in 0..<length { target[t] = dot(q, key.row(batch.sourceRow(t, sequence)), count: query.columns) }
    }
}

/// The gradients of `attentionScores`.
///
/// - Parameters:
///   - dScores: `[row, steps]`.
///   - dQuery: `[row, size]`, overwritten.
///   - dKey: `[source row, size]`, added to.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func attentionScoresGradient<Scalar: KernelScalar>(
    _ dScores: Matrix<Scalar>, _ query: Matrix<Scalar>, _ key: Matrix<Scalar>, _ batch: AttentionRows,
    sequences: Range<Int>,
    dQuery: Matrix<Scalar>, dKey: Matrix<Scalar>
) {
    let size = query.columns
    batch.forEachRow(of: sequences) { row, sequence, length in
        let d = dScores.row(row), q = query.row(row), dq = dQuery.row(row)
        dq.update(repeating: 0, count: size)
        for t in 0..<length {
            let source = batch.sourceRow(t, sequence)
            addMultiple(d[t], key.row(source), to: dq, count: size)
            addMultiple(d[t], q, to: dKey.row(source), count: size)
        }
    }
}

/// Additive scores: `score[row, t] = v · tanh(query[row] + key[t])`.
///
/// - Parameters:
///   - v: `[size]` at `offset`; the rest as for `attentionScores`.
/// - Source: Bahdanau, Cho & Bengio 2015.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func additiveScores<Scalar: KernelScalar>(
    _ query: Matrix<Scalar>, _ key: Matrix<Scalar>, v: AlignedBuffer<Scalar>, offset: Int, _ batch: AttentionRows,
    sequences: Range<Int>, into scores: Matrix<Scalar>
) {
    precondition(query.columns == key.columns && scores.columns >= batch.steps, "scores need matching shapes")
    let weight = v.pointer + offset, size = query.columns
    batch.forEachRow(of: sequences) { row, sequence, length in
        let target = scores.row(row), q = query.row(row)
        for t in 0..<length {
            let k = key.row(batch.sourceRow(t, sequence))
            var sum = Scalar.Vector()
            for j in stride(from: 0, to: size, by: Scalar.lanes) {
                let value = Scalar.hyperbolicTangent((q + j).vector() + (k + j).vector())
                sum = sum.addingProduct(
                    Scalar.firstLanes(value, size &- j), Scalar.firstLanes((weight + j).vector(), size &- j))
            }
            target[t] = Scalar.laneSum(sum)
        }
    }
}

/// The gradients of `additiveScores`.
///
/// - Parameters:
///   - dQuery: `[row, size]`, overwritten.
///   - dKey: `[source row, size]`, added to.
///   - dWeight: `[row, size]`, overwritten: each row's part of the gradient of `v`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func additiveScoresGradient<Scalar: KernelScalar>(
    _ dScores: Matrix<Scalar>, _ query: Matrix<Scalar>, _ key: Matrix<Scalar>, v: AlignedBuffer<Scalar>, offset: Int,
    _ batch: AttentionRows, sequences: Range<Int>, dQuery: Matrix<Scalar>, dKey: Matrix<Scalar>, dWeight: Matrix<Scalar>
) {
    let weight = v.pointer + offset, size = query.columns
    batch.forEachRow(of: sequences) { row, sequence, length in
        let d = dScores.row(row), q = query.row(row), dq = dQuery.row(row), dw = dWeight.row(row)
        for j in stride(from: 0, to: size, by: Scalar.lanes) {
            var querySum = Scalar.Vector(), weightSum = Scalar.Vector()
            let left = size &- j, w = (weight + j).vector(), base = (q + j).vector()
            for t in 0..<length {
                let source = batch.sourceRow(t, sequence), k = key.row(source) + j, dk = dKey.row(source) + j
                let value = Scalar.hyperbolicTangent(base + k.vector()), factor = Scalar.Vector(repeating: d[t])
                let inner = factor * w * (1 - value * value)
                weightSum = weightSum.addingProduct(factor, value)
                querySum += inner
                dk.store(dk.vector() + inner, first: left)
            }
            (dq + j).store(querySum, first: left)
            (dw + j).store(weightSum, first: left)
        }
    }
}

@inline(__always)
func dot<Scalar: KernelScalar>(_ a: UnsafeMutablePointer<Scalar>, _ b: UnsafeMutablePointer<Scalar>, count: Int)
    -> Scalar
{
    var sum = Scalar.Vector()
    var j = 0
    while j &+ Scalar.lanes <= count {
        sum = sum.addingProduct((a + j).vector(), (b + j).vector())
        j &+= Scalar.lanes
    }
    // Behind a row's end lies the next row, or anything.
    if j < count {
        sum = sum.addingProduct(
            Scalar.firstLanes((a + j).vector(), count &- j), Scalar.firstLanes((b + j).vector(), count &- j))
    }
    return Scalar.laneSum(sum)
}

/// `y += factor · x`
@inline(__always)
func addMultiple<Scalar: KernelScalar>(
    _ factor: Scalar, _ x: UnsafeMutablePointer<Scalar>, to y: UnsafeMutablePointer<Scalar>, count: Int
) {
    let factor = Scalar.Vector(repeating: factor)
    for j in stride(from: 0, to: count, by: Scalar.lanes) {
        (y + j).store((y + j).vector().addingProduct(factor, (x + j).vector()), first: count &- j)
    }
}

extension KernelScalar {
    /// The sum of the lanes, from the first to the last.
    @inline(__always) fileprivate static func laneSum(_ vector: Vector) -> Self {
        withUnsafeBytes(of: vector) { bytes in
            let lane = bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Self.self)
            var sum = lane[0]
            for i in 1..<lanes { sum += lane[i] }
            return sum
        }
    }

    /// A vector with zeros behind its first `count` lanes: what lies behind a row's end may be anything, even NaN.
    @inline(__always) fileprivate static func firstLanes(_ vector: Vector, _ count: Int) -> Vector {
        if count >= lanes { return vector }
        var result = Vector()
        for lane in 0..<count { result[lane] = vector[lane] }
        return result
    }
}
