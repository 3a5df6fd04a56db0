/// `y[row] = table[id] + bias`: a one-hot product as what it is, a row gather.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func gatherRows<Scalar: KernelScalar>(
    _ table: Matrix<Scalar>, rows tableRows: RowSelection, bias: AlignedBuffer<Scalar>, offset: Int,
    into y: Matrix<Scalar>, rows yRows: RowSelection
) {
    precondition(table.columns == y.columns && tableRows.count == yRows.count, "a gather needs matching shapes")
    let start = bias.pointer + offset
    for i in 0..<yRows.count {
        let source = table.row(tableRows.row(i)), target = y.row(yRows.row(i))
        for j in stride(from: 0, to: y.columns, by: Scalar.lanes) {
            (target + j).store((start + j).vector() + (source + j).vector(), first: y.columns &- j)
        }
    }
}

/// `y[row] = x[row]`.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func copyRows<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, rows xRows: RowSelection, into y: Matrix<Scalar>, rows yRows: RowSelection
) {
    precondition(x.columns == y.columns && xRows.count == yRows.count, "a copy needs matching shapes")
    for i in 0..<yRows.count { y.row(yRows.row(i)).update(from: x.row(xRows.row(i)), count: y.columns) }
}

/// `y[row] = x[row] · factor[row]`, element by element: applies a dropout mask.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func multiplyElements<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, by factor: Matrix<Scalar>, into y: Matrix<Scalar>
) {
    precondition(x.columns == y.columns && x.rows == y.rows && factor.rows >= x.rows && factor.columns == x.columns,
        "an elementwise product needs matching shapes")
    for r in 0..<y.rows {
        let a = x.row(r), b = factor.row(r), target = y.row(r)
        for j in stride(from: 0, to: y.columns, by: Scalar.lanes) {
            (target + j).store((a + j).vector() * (b + j).vector(), first: y.columns &- j)
        }
    }
}

/// Zeros in rows `rows` of a matrix.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func clearRows<Scalar: KernelScalar>(_ y: Matrix<Scalar>, _ rows: Range<Int>) {
    for r in rows { y.row(r).update(repeating: 0, count: y.columns) }
}

/// One number in every element.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func fill<Scalar: KernelScalar>(_ y: Matrix<Scalar>, with value: Scalar) {
    for r in 0..<y.rows { y.row(r).update(repeating: value, count: y.columns) }
}
