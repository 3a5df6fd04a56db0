/// `y[row] = x[row] · factor[i]` for the selected rows: drops whole rows of a table.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func scaleRows<Scalar: KernelScalar>(
    _ x: Matrix<Scalar>, rows xRows: RowSelection, by factors: AlignedBuffer<Scalar>, into y: Matrix<Scalar>
) {
    precondition(
        x.columns == y.columns && xRows.count <= min(y.rows, factors.count), "every row needs a factor and a place")
    for i in 0..<xRows.count {
        let source = x.row(xRows.row(i)), target = y.row(i), factor = Scalar.Vector(repeating: factors.pointer[i])
        for j in stride(from: 0, to: y.columns, by: Scalar.lanes) {
            (target + j).store((source + j).vector() * factor, first: y.columns &- j)
        }
    }
}

/// `y = x · factor`, element by element.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func scale<Scalar: KernelScalar>(_ x: Matrix<Scalar>, by factor: Scalar, into y: Matrix<Scalar>) {
    precondition(x.columns == y.columns && x.rows == y.rows, "a scaled matrix keeps its shape")
    let factor = Scalar.Vector(repeating: factor)
    for row in 0..<x.rows {
        let source = x.row(row), target = y.row(row)
        for j in stride(from: 0, to: y.columns, by: Scalar.lanes) {
            (target + j).store((source + j).vector() * factor, first: y.columns &- j)
        }
    }
}

/// Zeros in `x` wherever the mask holds a zero; other elements keep their bits.
///
/// Unlike a product with the mask's factors it may be done to parts of a sum.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func clearDropped<Scalar: KernelScalar>(_ x: Matrix<Scalar>, mask: Matrix<Scalar>) {
    precondition(x.columns == mask.columns && x.rows == mask.rows, "a mask has the matrix's shape")
    for row in 0..<x.rows {
        let target = x.row(row), factor = mask.row(row)
        for j in stride(from: 0, to: x.columns, by: Scalar.lanes) {
            // Plus zero: no sum is a negative zero, see `weightGradient`.
            let kept = Scalar.Vector().addingProduct((target + j).vector(), Scalar.isPositive((factor + j).vector()))
            (target + j).store(kept, first: x.columns &- j)
        }
    }
}
