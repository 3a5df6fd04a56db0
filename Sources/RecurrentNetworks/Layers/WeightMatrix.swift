import Configuration
import Kernels

/// A weight `[in, out]` as an output layer uses it: `y = start + x W` over chosen rows.
///
/// It is a parameter of its own, or the transpose of an embedding `[out, in]` that it is tied to.
final class WeightMatrix<Scalar: KernelScalar> {
    let inputSize: Int
    let outputSize: Int
    private let source: Source
    private let packed: PackedMatrix<Scalar>
    private let packedTransposed: PackedMatrix<Scalar>

    private enum Source {
        case own(ParameterSlice)  // W [in, out]
        case table(Int)  // Wᵀ [out, in]
    }

    init(
        name: String, inputSize: Int, outputSize: Int, initializer: ModelConfiguration.Initializer, note: String? = nil,
        layout: inout ParameterLayout
    ) {
        self.inputSize = inputSize
        self.outputSize = outputSize
        source = .own(
            layout.add(
                name, shape: [inputSize, outputSize],
                initializer == .keras ? .glorotUniform : .uniform(limit: 1 / Double(inputSize).squareRoot()), note: note
            ))
        packed = PackedMatrix(inputs: inputSize, outputs: outputSize)
        packedTransposed = PackedMatrix(inputs: outputSize, outputs: inputSize)
    }

    /// - Parameter table: An embedding, whose gradients become dense.
    init(tiedTo table: Int, layout: inout ParameterLayout) {
        layout.tie(table: table)
        source = .table(table)
        (inputSize, outputSize) = (layout.tables[table].width, layout.tables[table].rows)
        packed = PackedMatrix(inputs: inputSize, outputs: outputSize)
        packedTransposed = PackedMatrix(inputs: outputSize, outputs: inputSize)
    }

    var isTied: Bool { if case .table = source { true } else { false } }

    func pack(_ parameters: Parameters<Scalar>) {
        switch source {
        case .own(let slice):
            packed.pack(parameters.matrix(slice))
            packedTransposed.packTransposed(parameters.matrix(slice))
        case .table(let number):
            packed.packTransposed(parameters.tables[number])
            packedTransposed.pack(parameters.tables[number])
        }
    }

    /// `y[i] = start + x[rows i] W`.
    func forward(
        _ x: Matrix<Scalar>, rows: RowSelection, from start: ProductStart = .zero, bias: AlignedBuffer<Scalar>? = nil,
        into y: Matrix<Scalar>, team: ThreadTeam
    ) {
        team.split(rows.count, grain: 8) {
            multiply(x, rows: rows.part($0), by: packed, from: start, bias: bias, into: y, rows: .range($0))
        }
    }

    /// `dx[rows i] = start + d[i] Wᵀ`.
    func backward(
        _ d: Matrix<Scalar>, from start: ProductStart, into dx: Matrix<Scalar>, rows: RowSelection, team: ThreadTeam
    ) {
        team.split(rows.count, grain: 8) {
            multiply(d, rows: .range($0), by: packedTransposed, from: start, into: dx, rows: rows.part($0))
        }
    }

    /// `dW = Σ x[xIndex]ᵀ d[dIndex]`, and `db = Σ d[dIndex]`.
    func sumGradient(
        _ x: Matrix<Scalar>, index xIndex: AlignedBuffer<Int32>, _ d: Matrix<Scalar>,
        index dIndex: AlignedBuffer<Int32>,
        leaves: GradientLeaves, bias: ParameterSlice? = nil, into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        switch source {
        case .own(let slice):
            sumWeightGradient(
                x, index: xIndex, d, index: dIndex, leaves: leaves, into: gradients, offset: slice.offset,
                sumsOffset: bias?.offset, team: team)
        case .table(let number):
            guard let range = gradients.tiedRanges[number] else {
                preconditionFailure("a tied table has room for its gradient")
            }
            sumWeightGradient(
                d, index: dIndex, x, index: xIndex, leaves: leaves, into: gradients, offset: range.lowerBound,
                team: team)
            if let bias { columnSums(d, index: dIndex, leaves: leaves, into: gradients.dense, offset: bias.offset) }
        }
    }
}
