import Configuration
import Kernels

/// A weight `[in, out]`, or some rows of one, in products with many rows at a time: `y = start + x W`.
///
/// It is a parameter of its own, or the transpose of an embedding `[out, in]` that it is tied to.
final class WeightMatrix<Scalar: KernelScalar> {
    let inputSize: Int
    let outputSize: Int
    private let source: Source
    private var product: ProductWeight<Scalar>
    /// W of a table, once its values are there.
    private lazy var packed = PackedMatrix<Scalar>(inputs: inputSize, outputs: outputSize)

    private enum Source {
        case own(ParameterSlice, inputs: Range<Int>)  // W [in, out]
        case table(Int)  // Wᵀ [out, in]
    }

    /// - Parameter inputs: Rows of the weight; nil: all.
    init(_ slice: ParameterSlice, inputs: Range<Int>? = nil) {
        let inputs = inputs ?? 0..<slice.shape[0]
        source = .own(slice, inputs: inputs)
        (inputSize, outputSize) = (inputs.count, slice.shape[1])
        product = ProductWeight(precision: slice.precision, fewRows: false)
    }

    /// The weight of an output layer.
    convenience init(
        name: String, inputSize: Int, outputSize: Int, initializer: ModelConfiguration.Initializer, note: String? = nil,
        layout: inout ParameterLayout
    ) {
        self.init(
            layout.add(
                name, shape: [inputSize, outputSize],
                initializer == .keras ? .glorotUniform : .uniform(limit: 1 / Double(inputSize).squareRoot()), note: note
            ))
    }

    /// - Parameter table: An embedding, whose gradients become dense.
    init(tiedTo table: Int, layout: inout ParameterLayout) {
        layout.tie(table: table)
        (inputSize, outputSize) = (layout.tables[table].width, layout.tables[table].rows)
        source = .table(table)
        product = ProductWeight(precision: layout.precision, fewRows: false)
    }

    var isTied: Bool { if case .table = source { true } else { false } }

    /// Takes over changed values.
    func pack(_ parameters: Parameters<Scalar>) {
        switch source {
        case .own(let slice, let inputs):
            product.take(PackedMatrix(parameters.dense, slice.place().inputs(inputs)))
        case .table(let number):
            packed.packTransposed(parameters.tables[number])
            product.take(packed)
        }
    }

    /// `y[yRows i] = start + x[xRows i] W`, on this thread alone.
    func multiply(
        _ x: Matrix<Scalar>, rows xRows: RowSelection, from start: ProductStart = .zero,
        bias: AlignedBuffer<Scalar>? = nil, into y: Matrix<Scalar>, rows yRows: RowSelection
    ) {
        product.multiply(x, rows: xRows, from: start, bias: bias, into: y, rows: yRows)
    }

    /// `y[i] = start + x[rows i] W`.
    func forward(
        _ x: Matrix<Scalar>, rows: RowSelection, from start: ProductStart = .zero, bias: AlignedBuffer<Scalar>? = nil,
        into y: Matrix<Scalar>, team: ThreadTeam
    ) {
        team.split(rows.count, grain: 8) {
            multiply(x, rows: rows.part($0), from: start, bias: bias, into: y, rows: .range($0))
        }
    }

    /// `dx[xRows i] = start + d[dRows i] Wᵀ`.
    func backward(
        _ d: Matrix<Scalar>, rows dRows: RowSelection, from start: ProductStart, into dx: Matrix<Scalar>,
        rows xRows: RowSelection, team: ThreadTeam
    ) {
        product.multiplyTransposed(d, rows: dRows, from: start, into: dx, rows: xRows, team: team)
    }

    /// `dW = Σ x[xIndex]ᵀ d[dIndex]`, and `db = Σ d[dIndex]`.
    func sumGradient(
        _ x: Matrix<Scalar>, index xIndex: AlignedBuffer<Int32>, _ d: Matrix<Scalar>,
        index dIndex: AlignedBuffer<Int32>,
        leaves: GradientLeaves, bias: ParameterSlice? = nil, into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        switch source {
        case .own(let slice, let inputs):
            weightGradient(
                x, index: xIndex, d, index: dIndex, leaves: leaves, into: gradients.dense,
                at: slice.place().inputs(inputs), sumsOffset: bias?.offset, precision: product.precision, team: team)
        case .table(let number):
            guard let range = gradients.tiedRanges[number] else {
                preconditionFailure("a tied table has room for its gradient")
            }
            weightGradient(
                d, index: dIndex, x, index: xIndex, leaves: leaves, into: gradients.dense,
                at: .rowMajor(offset: range.lowerBound, inputs: outputSize, outputs: inputSize),
                precision: product.precision, team: team)
            if let bias { columnSums(d, index: dIndex, leaves: leaves, into: gradients.dense, offset: bias.offset) }
        }
    }
}
