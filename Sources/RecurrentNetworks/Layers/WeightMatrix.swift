import Configuration
import Kernels

/// A weight `[in, out]` without a bias: `y = x W` over chosen rows.
final class WeightMatrix<Scalar: KernelScalar> {
    let inputSize: Int
    let outputSize: Int
    private let weight: ParameterSlice  // W [in, out]
    private let packed: PackedMatrix<Scalar>
    private let packedTransposed: PackedMatrix<Scalar>

    init(
        name: String, inputSize: Int, outputSize: Int, initializer: ModelConfiguration.Initializer, note: String? = nil,
        layout: inout ParameterLayout
    ) {
        self.inputSize = inputSize
        self.outputSize = outputSize
        weight = layout.add(
            name, shape: [inputSize, outputSize],
            initializer == .keras ? .glorotUniform : .uniform(limit: 1 / Double(inputSize).squareRoot()), note: note)
        packed = PackedMatrix(inputs: inputSize, outputs: outputSize)
        packedTransposed = PackedMatrix(inputs: outputSize, outputs: inputSize)
    }

    func pack(_ parameters: Parameters<Scalar>) {
        packed.pack(parameters.matrix(weight))
        packedTransposed.packTransposed(parameters.matrix(weight))
    }

    /// `y[i] = x[rows i] W`.
    func forward(_ x: Matrix<Scalar>, rows: RowSelection, into y: Matrix<Scalar>, team: ThreadTeam) {
        team.split(rows.count, grain: 8) { multiply(x, rows: rows.part($0), by: packed, into: y, rows: .range($0)) }
    }

    /// `dx[rows i] = start + d[i] Wᵀ`.
    func backward(_ d: Matrix<Scalar>, from start: ProductStart, into dx: Matrix<Scalar>, rows: RowSelection, team: ThreadTeam) {
        team.split(rows.count, grain: 8) {
            multiply(d, rows: .range($0), by: packedTransposed, from: start, into: dx, rows: rows.part($0))
        }
    }

    /// `dW = Σ x[xIndex]ᵀ d[dIndex]`.
    func sumGradient(
        _ x: Matrix<Scalar>, index xIndex: AlignedBuffer<Int32>, _ d: Matrix<Scalar>, index dIndex: AlignedBuffer<Int32>,
        leaves: GradientLeaves, into gradients: Gradients<Scalar>, team: ThreadTeam
    ) {
        sumWeightGradient(
            x, index: xIndex, d, index: dIndex, leaves: leaves, into: gradients, offset: weight.offset, team: team)
    }
}
