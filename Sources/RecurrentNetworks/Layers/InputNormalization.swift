import Kernels

/// Layer normalisation of the input's part of a direction's pre-activations, `a = g · LN(x W) + b`.
///
/// The gates r and z of a GRU are normalised together, its candidate apart, since the reset gate comes between the
/// candidate's two parts.
final class InputNormalization<Scalar: KernelScalar> {
    private let bias: ParameterSlice
    private let groups: [(columns: Range<Int>, normalization: LayerNormalization<Scalar>)]
    private var productMemory = ReusedMatrix<Scalar>(), gradientMemory = ReusedMatrix<Scalar>()
    /// `x W`, then normalised, `[row, G·H]`.
    private(set) var product = Matrix<Scalar>(rows: 0, columns: 0)
    /// Gradient of `x W`, `[row, G·H]`.
    private(set) var gradient = Matrix<Scalar>(rows: 0, columns: 0)

    /// - Parameter groups: Columns normalised apart.
    init(name: String, groups: [Range<Int>], bias: ParameterSlice, note: String?, layout: inout ParameterLayout) {
        self.bias = bias
        let gain = layout.add("\(name)/input_gain", shape: bias.shape, .constant(1), note: note)
        self.groups = groups.map { ($0, LayerNormalization(gain: gain, bias: nil, columns: $0)) }
    }

    func begin(rows: Int, _ parameters: Parameters<Scalar>) {
        product = productMemory.reshaped(rows: rows, columns: bias.count)
        gradient = gradientMemory.reshaped(rows: rows, columns: bias.count)
        for (columns, normalization) in groups {
            normalization.begin(product.columns(columns), gradient: gradient.columns(columns), parameters)
        }
    }

    /// Pre-activations from rows of `product`.
    func forward(_ rows: Range<Int>, into gates: Matrix<Scalar>) {
        for (columns, normalization) in groups {
            normalization.forward(
                rows, from: .bias(offset: bias.offset + columns.lowerBound), into: gates.columns(columns))
        }
    }

    /// - Parameter d: Gradient of the pre-activations, `[row, G·H]`.
    func backward(_ d: Matrix<Scalar>, _ rows: GradientRows, into gradients: Gradients<Scalar>, team: ThreadTeam) {
        for (columns, normalization) in groups {
            team.split(d.rows, grain: 32) { normalization.backward($0, d.columns(columns)) }
            normalization.sumGradients(d.columns(columns), index: rows.rows, leaves: rows.leaves, into: gradients)
        }
    }
}
