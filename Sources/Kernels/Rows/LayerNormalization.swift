/// Normalises rows in place: `x̂ = (x - μ) / √(σ² + ε)`, mean and variance over the columns.
///
/// - Parameters:
///   - x: `[row, columns]`.
///   - inverseDeviations: `[row, 1]`, receives `1 / √(σ² + ε)`.
///   - epsilon: ε, which keeps a row of equal numbers finite.
/// - Source: Ba, Kiros & Hinton 2016, equation 3; ε as in PyTorch.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func normalizeRows<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, rows: Range<Int>, inverseDeviations: Matrix<Scalar>, epsilon: Scalar
) {
    precondition(rows.upperBound <= x.rows && inverseDeviations.rows >= x.rows, "a row's deviation needs a place")
    let columns = x.columns
    for row in rows {
        let z = x.row(row)
        let mean = rowSum(columns, Scalar.self, { (z + $0).vector() }, { z[$0] }) / Scalar(columns)
        let shift = Scalar.Vector(repeating: mean)
        for j in stride(from: 0, to: columns, by: Scalar.lanes) {
            (z + j).store((z + j).vector() - shift, first: columns &- j)
        }
        let square = rowSum(columns, Scalar.self, { (z + $0).vector() * (z + $0).vector() }, { z[$0] * z[$0] })
        let inverse = 1 / (square / Scalar(columns) + epsilon).squareRoot()
        let factor = Scalar.Vector(repeating: inverse)
        for j in stride(from: 0, to: columns, by: Scalar.lanes) {
            (z + j).store((z + j).vector() * factor, first: columns &- j)
        }
        inverseDeviations.row(row)[0] = inverse
    }
}

/// `y[row] = start + x̂[row] · gain`.
///
/// - Parameters:
///   - gain: The buffer that holds the gain `[columns]` at `offset`, and the bias that `start` may refer to.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func scaleNormalized<Scalar: KernelScalar>(
    _ normalized: Matrix<Scalar>, rows: Range<Int>, gain: AlignedBuffer<Scalar>, offset: Int, from start: ProductStart,
    into y: Matrix<Scalar>
) {
    precondition(
        normalized.columns == y.columns && rows.upperBound <= min(normalized.rows, y.rows),
        "a scaled row has the row's shape")
    let factor = gain.pointer + offset
    for row in rows {
        let x = normalized.row(row), target = y.row(row)
        for j in stride(from: 0, to: y.columns, by: Scalar.lanes) {
            var value = Scalar.Vector()
            switch start {
            case .zero: break
            case .bias(let first): value = (gain.pointer + first + j).vector()
            case .accumulate: value = (target + j).vector()
            }
            (target + j).store(value.addingProduct((x + j).vector(), (factor + j).vector()), first: y.columns &- j)
        }
    }
}

/// The gradient of what was normalised: `dx = (e - mean e - x̂ · mean(e · x̂)) / √(σ² + ε)` with `e = d · gain`.
///
/// - Parameters:
///   - d: `[row, columns]`, gradient of the scaled rows.
///   - dx: `[row, columns]`, another matrix than `d`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func normalizationGradient<Scalar: KernelScalar>(
    _ d: Matrix<Scalar>, normalized: Matrix<Scalar>, inverseDeviations: Matrix<Scalar>, rows: Range<Int>,
    gain: AlignedBuffer<Scalar>, offset: Int, into dx: Matrix<Scalar>
) {
    precondition(
        d.columns == dx.columns && normalized.columns == dx.columns
            && rows.upperBound <= min(d.rows, dx.rows, normalized.rows, inverseDeviations.rows),
        "a gradient has the row's shape")
    let columns = dx.columns, factor = gain.pointer + offset
    for row in rows {
        let above = d.row(row), x = normalized.row(row), target = dx.row(row)
        let share = 1 / Scalar(columns)
        let mean = share * rowSum(
            columns, Scalar.self, { (above + $0).vector() * (factor + $0).vector() }, { above[$0] * factor[$0] })
        let slope = share * rowSum(
            columns, Scalar.self, { (above + $0).vector() * (factor + $0).vector() * (x + $0).vector() },
            { above[$0] * factor[$0] * x[$0] })
        let shift = Scalar.Vector(repeating: mean), tilt = Scalar.Vector(repeating: -slope)
        let scale = Scalar.Vector(repeating: inverseDeviations.row(row)[0])
        for j in stride(from: 0, to: columns, by: Scalar.lanes) {
            let centred = (above + j).vector() * (factor + j).vector() - shift
            (target + j).store(centred.addingProduct(tilt, (x + j).vector()) * scale, first: columns &- j)
        }
    }
}

/// A sum over the columns of a row, in an order that follows from their number alone.
@inline(__always)
private func rowSum<Scalar: KernelScalar>(
    _ columns: Int, _: Scalar.Type, _ vector: (Int) -> Scalar.Vector, _ element: (Int) -> Scalar
) -> Scalar {
    let whole = columns &- columns % Scalar.lanes
    var lanes = Scalar.Vector()
    for j in stride(from: 0, to: whole, by: Scalar.lanes) { lanes += vector(j) }
    var sum: Scalar = 0
    if whole > 0 { for lane in 0..<Scalar.lanes { sum += lanes[lane] } }
    for j in whole..<columns { sum += element(j) }
    return sum
}
