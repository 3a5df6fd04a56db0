import Kernels

/// The product of states with (some columns of) a recurrent weight, normalised on the way if it is to be.
///
///     y = start + x U        y = start + g · LN(x U)
final class RecurrentProduct<Scalar: KernelScalar> {
    private let weight: ParameterSlice  // U [H, G·H]
    private let columns: Range<Int>
    private var product: ProductWeight<Scalar>
    private let normalization: LayerNormalization<Scalar>?
    private var normalizedMemory = ReusedMatrix<Scalar>(), gradientMemory = ReusedMatrix<Scalar>()
    private var normalized = Matrix<Scalar>(rows: 0, columns: 0)  // [row, columns]
    private var gradient = Matrix<Scalar>(rows: 0, columns: 0)  // of x U, [row, columns]
    private var bias = AlignedBuffer<Scalar>(count: 0)

    /// - Parameters:
    ///   - columns: Those of the weight to multiply by; nil: all.
    ///   - gain: `[G·H]`, of layer normalisation over these columns; nil: there is none.
    init(_ weight: ParameterSlice, columns: Range<Int>? = nil, gain: ParameterSlice?) {
        self.weight = weight
        self.columns = columns ?? 0..<weight.shape[1]
        product = ProductWeight(precision: weight.precision, fewRows: true)
        let own = self.columns
        normalization = gain.map { LayerNormalization(gain: $0, bias: nil, columns: own) }
    }

    /// - Parameters:
    ///   - values: Where the whole weight lies.
    ///   - offset: Its first element.
    func pack(_ values: AlignedBuffer<Scalar>, offset: Int) {
        product.take(PackedMatrix(values, weight.place(columns: columns, offset: offset)))
    }

    /// Begins a pass over so many rows.
    func begin(rows: Int, _ parameters: Parameters<Scalar>) {
        bias = parameters.dense
        guard let normalization else { return }
        normalized = normalizedMemory.reshaped(rows: rows, columns: columns.count)
        gradient = gradientMemory.reshaped(rows: rows, columns: columns.count)
        normalization.begin(normalized, gradient: gradient, parameters)
    }

    /// - Parameters:
    ///   - x: States; rows from `row` on are multiplied.
    ///   - y: `[row, columns]`, receives the step's rows.
    func forward(_ step: StepRows, _ x: Matrix<Scalar>, row: Int, from start: ProductStart, into y: Matrix<Scalar>) {
        let source = RowSelection(first: row, count: step.count),
            target = RowSelection(first: step.row, count: step.count)
        guard let normalization else {
            return product.multiply(x, rows: source, from: start, bias: bias, into: y, rows: target)
        }
        product.multiply(x, rows: source, from: .zero, into: normalized, rows: target)
        normalization.forward(step.row..<step.row + step.count, from: start, into: y)
    }

    /// `dx = start + dy Uᵀ`
    ///
    /// - Parameters:
    ///   - d: Gradient of `y`, `[row, columns]`.
    ///   - dx: `[sequence, H]`
    func backward(_ step: StepRows, _ d: Matrix<Scalar>, from start: ProductStart, into dx: Matrix<Scalar>) {
        var d = d
        if let normalization {
            normalization.backward(step.row..<step.row + step.count, d)
            d = gradient
        }
        product.multiplyTransposed(
            d, rows: RowSelection(first: step.row, count: step.count), from: start, into: dx,
            rows: RowSelection(first: step.sequence, count: step.count))
    }

    /// `dU = Σ xᵀ dy`, after `backward`.
    ///
    /// - Parameter index: The row of `x` at each position of the leaves.
    func sumGradients(
        _ x: Matrix<Scalar>, index: AlignedBuffer<Int32>, _ d: Matrix<Scalar>, _ rows: GradientRows,
        into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        weightGradient(
            x, index: index, normalization == nil ? d : gradient, index: rows.rows, leaves: rows.leaves,
            into: gradients.dense, at: weight.place(columns: columns), precision: weight.precision, team: team)
        normalization?.sumGradients(d, index: rows.rows, leaves: rows.leaves, into: gradients)
    }
}
