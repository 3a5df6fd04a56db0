import Kernels

/// A product of rows with a weight, or with some rows of one: `y = x W`.
struct RowProduct<Scalar: KernelScalar> {
    private let slice: ParameterSlice
    /// The inputs' rows of the weight.
    private let range: Range<Int>
    private let packed: PackedMatrix<Scalar>
    private let packedTransposed: PackedMatrix<Scalar>

    init(_ slice: ParameterSlice, rows: Range<Int>) {
        self.slice = slice
        range = rows
        packed = PackedMatrix(inputs: rows.count, outputs: slice.shape[1])
        packedTransposed = PackedMatrix(inputs: slice.shape[1], outputs: rows.count)
    }

    func pack(_ parameters: Parameters<Scalar>) {
        packed.pack(parameters.matrix(slice).rows(range))
        packedTransposed.packTransposed(parameters.matrix(slice).rows(range))
    }

    /// `y = start + x W` for some rows.
    func forward(
        _ x: Matrix<Scalar>, _ rows: Range<Int>, from start: ProductStart, _ parameters: Parameters<Scalar>,
        into y: Matrix<Scalar>
    ) {
        multiply(x, rows: .range(rows), by: packed, from: start, bias: parameters.dense, into: y, rows: .range(rows))
    }

    /// `dx = start + d Wᵀ` for some rows.
    func backward(_ d: Matrix<Scalar>, _ rows: Range<Int>, from start: ProductStart, into dx: Matrix<Scalar>) {
        multiply(d, rows: .range(rows), by: packedTransposed, from: start, into: dx, rows: .range(rows))
    }

    /// `dW = Σ xᵀ d`
    func sumGradient(
        _ x: Matrix<Scalar>, _ d: Matrix<Scalar>, _ rows: GradientRows, into gradients: Gradients<Scalar>,
        _ team: ThreadTeam
    ) {
        sumWeightGradient(
            x, index: rows.rows, d, index: rows.rows, leaves: rows.leaves, into: gradients,
            offset: slice.offset + range.lowerBound * slice.shape[1], team: team)
    }
}
