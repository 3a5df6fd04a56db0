import Configuration
import Kernels
import RecurrentNetworks

/// A decoder that begins in a state made from a row of numbers.
public final class CaptionNetwork<Scalar: KernelScalar> {
    public let layout: ParameterLayout
    package let decoder: SequenceDecoder<Scalar>
    private let bridge: StateBridge<Scalar>
    private let team: ThreadTeam

    /// - Parameters:
    ///   - featureWidth: Numbers that a text belongs to.
    ///   - tokens: Of the vocabulary.
    ///   - penalties: Strengths of activation regularisation and of temporal activation regularisation.
    public init(
        _ model: ModelConfiguration, featureWidth: Int, tokens: Int,
        penalties: (activations: Double, changes: Double) = (0, 0),
        team: ThreadTeam
    ) {
        self.team = team
        var layout = ParameterLayout(model)
        decoder = SequenceDecoder(
            model, layers: model.layers, tokens: tokens, attention: .none, sourceSize: 0, firstDropout: 0,
            penalties: penalties, team: team, layout: &layout)
        let shapes = decoder.stateShapes
        bridge = StateBridge(
            inputs: shapes.flatMap {
                Array(repeating: (width: featureWidth, isTaken: false), count: $0.hasMemory ? 2 : 1)
            },
            shapes: shapes, initializer: model.initializer, layout: &layout)
        self.layout = layout
    }

    /// The layers as `rnn-dist summary` shows them.
    public var layers: [LayerDescription] { bridge.descriptions + decoder.descriptions(layout) }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        bridge.pack(parameters)
        decoder.pack(parameters)
    }

    /// The state a decoder begins in.
    ///
    /// - Parameter features: `[sequence, featureWidth]`
    func state(_ features: Matrix<Scalar>, _ parameters: Parameters<Scalar>) -> RecurrentState<Scalar> {
        let parts = decoder.stateShapes.reduce(0) { $0 + ($1.hasMemory ? 2 : 1) }
        return bridge.forward([Matrix<Scalar>](repeating: features, count: parts), parameters, team: team)
    }

    /// - Returns: Logits `[row, tokens]`, valid until the next pass.
    package func forward(
        _ target: TargetRows, _ features: Matrix<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>
    ) -> Matrix<Scalar> {
        decoder.forward(target.input(Scalar.self), initial: state(features, parameters), nil, pass, parameters)
    }

    /// - Parameter d: Gradient of the logits; overwritten.
    package func backward(
        _ d: Matrix<Scalar>, _ target: TargetRows, _ pass: Pass, _ parameters: Parameters<Scalar>,
        into gradients: Gradients<Scalar>
    ) {
        let (dInitial, _) = decoder.backward(d, target.input(Scalar.self), nil, pass, parameters, into: gradients)
        _ = bridge.backward(dInitial, target.packed, into: gradients, team: team)
    }
}
