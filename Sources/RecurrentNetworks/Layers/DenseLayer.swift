import Configuration
import Kernels

/// A dense layer over the sequences of a batch: `y = φ(x W + b)`, or `x W + b` for the output layer.
public final class DenseLayer<Scalar: KernelScalar> {
    let outputSize: Int
    private let function: ActivationFunction?
    private let weight: ParameterSlice  // W [in, out]
    private let bias: ParameterSlice
    private let packed: PackedMatrix<Scalar>
    private let packedTransposed: PackedMatrix<Scalar>
    private var outputMemory = ReusedMatrix<Scalar>(), gradientMemory = ReusedMatrix<Scalar>()
    private var input = Matrix<Scalar>(rows: 0, columns: 0)
    private var output = Matrix<Scalar>(rows: 0, columns: 0)

    public init(
        name: String, inputSize: Int, outputSize: Int, function: ActivationFunction?,
        initializer: ModelConfiguration.Initializer, layout: inout ParameterLayout
    ) {
        self.outputSize = outputSize
        self.function = function
        // PyTorch's Linear: everything uniform in ±1/√in; Keras' Dense: Glorot-uniform, zero bias.
        let uniform = InitialValues.uniform(limit: 1 / Double(inputSize).squareRoot())
        weight = layout.add("\(name)/weight", shape: [inputSize, outputSize], initializer == .keras ? .glorotUniform : uniform)
        bias = layout.add("\(name)/bias", shape: [outputSize], initializer == .keras ? .constant(0) : uniform)
        packed = PackedMatrix(inputs: inputSize, outputs: outputSize)
        packedTransposed = PackedMatrix(inputs: outputSize, outputs: inputSize)
    }

    public func pack(_ parameters: Parameters<Scalar>) {
        packed.pack(parameters.matrix(weight))
        packedTransposed.packTransposed(parameters.matrix(weight))
    }

    /// - Parameter x: `[sequence, in]`.
    /// - Returns: `[sequence, out]`, valid until the next pass.
    public func forward(_ x: Matrix<Scalar>, _ parameters: Parameters<Scalar>) -> Matrix<Scalar> {
        input = x
        output = outputMemory.reshaped(rows: x.rows, columns: outputSize)
        multiply(
            x, rows: .all(x.rows), by: packed, from: .bias(offset: bias.offset), bias: parameters.dense, into: output,
            rows: .all(x.rows))
        if let function { activate(function, output, firstRow: 0, into: output, firstRow: 0, count: x.rows) }
        return output
    }

    /// - Parameter d: Gradient of the output, `[sequence, out]`; overwritten.
    /// - Returns: Gradient of the input.
    public func backward(_ d: Matrix<Scalar>, _ batch: PackedSequences, into gradients: Gradients<Scalar>, team: ThreadTeam) -> Matrix<Scalar> {
        if let function {
            activationGradient(
                function, at: output, firstRow: 0, d, firstRow: 0, carry: nil, into: d, firstRow: 0, count: d.rows)
        }
        sumWeightGradient(
            input, index: batch.leafSequences, d, index: batch.leafSequences, leaves: batch.sequenceLeaves, into: gradients,
            offset: weight.offset, team: team)
        columnSums(d, index: batch.leafSequences, leaves: batch.sequenceLeaves, into: gradients.dense, offset: bias.offset)
        let dInput = gradientMemory.reshaped(rows: d.rows, columns: input.columns)
        multiply(d, rows: .all(d.rows), by: packedTransposed, into: dInput, rows: .all(d.rows))
        return dInput
    }
}
