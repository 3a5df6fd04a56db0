import Configuration
import Kernels

/// A dense layer over rows (sequences, or time steps): `y = φ(x W + b)`, or `x W + b` for the output layer.
public final class DenseLayer<Scalar: KernelScalar> {
    public let outputSize: Int
    private let name: String
    private let function: ActivationFunction?
    private let weight: WeightMatrix<Scalar>  // W [in, out]
    private let bias: ParameterSlice
    private let stage: GradientStage?
    private var outputMemory = ReusedMatrix<Scalar>(), gradientMemory = ReusedMatrix<Scalar>()
    private var input = Matrix<Scalar>(rows: 0, columns: 0)
    private var output = Matrix<Scalar>(rows: 0, columns: 0)

    /// - Parameter isStage: Whether the backward pass reaches the layer in the order of the layout.
    public init(
        name: String, inputSize: Int, outputSize: Int, function: ActivationFunction?,
        initializer: ModelConfiguration.Initializer, isStage: Bool = true, layout: inout ParameterLayout
    ) {
        self.name = name
        self.outputSize = outputSize
        self.function = function
        // PyTorch's Linear: everything uniform in ±1/√in; Keras' Dense: Glorot-uniform, zero bias.
        let uniform = InitialValues.uniform(limit: 1 / Double(inputSize).squareRoot())
        let first = layout.denseCount
        weight = WeightMatrix(
            layout.add(
                "\(name)/weight", shape: [inputSize, outputSize], initializer == .keras ? .glorotUniform : uniform))
        bias = layout.add("\(name)/bias", shape: [outputSize], initializer == .keras ? .constant(0) : uniform)
        stage = isStage ? layout.endStage(since: first) : nil
    }

    public var description: LayerDescription {
        LayerDescription(
            name: name, kind: "Dense\(function.map { " (\($0.rawValue))" } ?? "")",
            outputShape: [.batch, .size(outputSize)])
    }

    public func pack(_ parameters: Parameters<Scalar>) { weight.pack(parameters) }

    /// - Parameter x: `[row, in]`.
    /// - Returns: `[row, out]`, valid until the next pass.
    public func forward(_ x: Matrix<Scalar>, _ parameters: Parameters<Scalar>, team: ThreadTeam) -> Matrix<Scalar> {
        input = x
        output = outputMemory.reshaped(rows: x.rows, columns: outputSize)
        let output = output
        team.split(x.rows, grain: 32) { range in
            weight.multiply(
                x, rows: .range(range), from: .bias(offset: bias.offset), bias: parameters.dense, into: output,
                rows: .range(range))
            if let function {
                activate(
                    function, output, firstRow: range.lowerBound, into: output, firstRow: range.lowerBound,
                    count: range.count)
            }
        }
        team.probe.look(name, output)
        return output
    }

    /// - Parameters:
    ///   - d: Gradient of the output, `[row, out]`; overwritten.
    ///   - index: The row at each position of `leaves`.
    /// - Returns: Gradient of the input, `[row, in]`, valid until the next pass.
    public func backward(
        _ d: Matrix<Scalar>, index: AlignedBuffer<Int32>, leaves: GradientLeaves, into gradients: Gradients<Scalar>,
        team: ThreadTeam
    ) -> Matrix<Scalar> {
        if let function {
            activationGradient(
                function, at: output, firstRow: 0, d, firstRow: 0, carry: nil, into: d, firstRow: 0, count: d.rows)
        }
        team.clock.enter(.weightGradients)
        weight.sumGradient(
            input, index: index, d, index: index, leaves: leaves, bias: bias, into: gradients, team: team)
        if let stage { gradients.complete(stage) }
        team.clock.enter(.outputBackward)
        let dInput = gradientMemory.reshaped(rows: d.rows, columns: input.columns)
        let rows = RowSelection.all(d.rows)
        weight.backward(d, rows: rows, from: .zero, into: dInput, rows: rows, team: team)
        return dInput
    }
}
