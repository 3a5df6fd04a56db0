import Configuration
import Kernels

/// From what is known to the state a decoder begins in: a dense layer with tanh for each part of the state (hidden
/// states, and cell states where there are some), or the values themselves where they fit.
///
/// - Source: Bahdanau, Cho & Bengio 2015, appendix A.2.2 (`s₀ = tanh(W h)`).
public final class StateBridge<Scalar: KernelScalar> {
    private let layers: [DenseLayer<Scalar>?]
    private let shapes: [(size: Int, hasMemory: Bool)]

    /// - Parameters:
    ///   - inputs: For each part of the state the width of what it is made from, and whether it is taken as it is.
    ///   - shapes: Of the decoder's state.
    public init(
        inputs: [(width: Int, isTaken: Bool)], shapes: [(size: Int, hasMemory: Bool)],
        initializer: ModelConfiguration.Initializer,
        layout: inout ParameterLayout
    ) {
        let parts = shapes.enumerated().flatMap { number, shape in
            ["hidden", "memory"][..<(shape.hasMemory ? 2 : 1)].map {
                (name: "bridge/\(number)/\($0)", size: shape.size)
            }
        }
        precondition(inputs.count == parts.count, "every part of a state is made from something")
        var layers: [DenseLayer<Scalar>?] = []
        for (input, part) in zip(inputs, parts) {
            precondition(!input.isTaken || input.width == part.size, "what is taken as it is fits")
            layers.append(
                input.isTaken
                    ? nil
                    : DenseLayer(
                        name: part.name, inputSize: input.width, outputSize: part.size, function: .tanh,
                        initializer: initializer, isStage: false,
                        layout: &layout))
        }
        self.layers = layers
        self.shapes = shapes
    }

    public var descriptions: [LayerDescription] { layers.compactMap { $0?.description } }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        for layer in layers { layer?.pack(parameters) }
    }

    /// - Parameter inputs: For each part `[sequence, width]`.
    /// - Returns: The state, valid until the next pass.
    public func forward(_ inputs: [Matrix<Scalar>], _ parameters: Parameters<Scalar>, team: ThreadTeam)
        -> RecurrentState<Scalar>
    {
        state(zip(layers, inputs).map { layer, x in layer?.forward(x, parameters, team: team) ?? x })
    }

    /// - Parameters:
    ///   - d: Gradient of the state; overwritten.
    ///   - batch: Of the decoder.
    /// - Returns: Gradients of the inputs, valid until the next pass.
    public func backward(
        _ d: RecurrentState<Scalar>, _ batch: PackedSequences, into gradients: Gradients<Scalar>, team: ThreadTeam
    ) -> [Matrix<Scalar>] {
        zip(layers, d.parts).map { layer, d in
            layer?.backward(d, index: batch.leafSequences, leaves: batch.sequenceLeaves, into: gradients, team: team)
                ?? d
        }
    }

    private func state(_ parts: [Matrix<Scalar>]) -> RecurrentState<Scalar> {
        var rest = parts[...]
        return RecurrentState(
            directions: shapes.map {
                DirectionState(hidden: rest.removeFirst(), memory: $0.hasMemory ? rest.removeFirst() : nil)
            })
    }
}

extension RecurrentState {
    /// The states of some sequences, in memory of their own.
    public func selecting(_ sequences: [Int]) -> RecurrentState {
        let index = AlignedBuffer(sequences.map { Int32(truncatingIfNeeded: $0) })
        func copy(_ matrix: Matrix<Scalar>) -> Matrix<Scalar> {
            let result = Matrix<Scalar>(rows: sequences.count, columns: matrix.columns)
            copyRows(matrix, rows: .indexed(index), into: result, rows: .all(sequences.count))
            return result
        }
        return RecurrentState(
            directions: directions.map { DirectionState(hidden: copy($0.hidden), memory: $0.memory.map(copy)) })
    }
}
