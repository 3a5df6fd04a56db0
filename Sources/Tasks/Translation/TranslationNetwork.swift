import Configuration
import Kernels
import RecurrentNetworks

/// Encoder, bridge, decoder with or without attention.
public final class TranslationNetwork<Scalar: KernelScalar> {
    public let layout: ParameterLayout
    private let encoder: RecurrentStack<Scalar>
    private let sourceDropout: Dropout<Scalar>
    private let bridge: StateBridge<Scalar>
    package let decoder: SequenceDecoder<Scalar>
    private let hasAttention: Bool
    private let team: ThreadTeam
    /// For each part of the decoder's state the directions of the encoder it is made from, and of which states.
    private let bridgeSources: [(directions: Range<Int>, readsMemory: Bool)]

    /// - Parameter penalties: On the decoder: strengths of activation regularisation and of temporal activation
    ///   regularisation.
    public init(
        _ model: ModelConfiguration, sourceTokens: Int, targetTokens: Int,
        penalties: (activations: Double, changes: Double) = (0, 0), team: ThreadTeam
    ) {
        self.team = team
        var layout = ParameterLayout(model)
        hasAttention = model.attention != .none
        encoder = RecurrentStack(
            name: "encoder/", reading: sourceTokens, model, layers: model.layers, firstDropout: 0, team: team,
            layout: &layout)
        sourceDropout = Dropout(
            probability: model.dropout, number: model.layers.count, isVariational: model.dropoutKind == .variational)
        decoder = SequenceDecoder(
            model, layers: model.layersOfDecoder, tokens: targetTokens, attention: model.attention,
            sourceSize: encoder.outputSize,
            firstDropout: model.layers.count + 1, penalties: penalties, team: team, layout: &layout)
        // Each layer of the decoder begins where the encoder's layer beside it ends.
        var sources: [(directions: Range<Int>, readsMemory: Bool)] = []
        var inputs: [(width: Int, isTaken: Bool)] = []
        for (number, shape) in decoder.stateShapes.enumerated() {
            let layer = min(number, model.layers.count - 1)
            let first = model.layers[..<layer].reduce(0) { $0 + ($1.bidirectional ? 2 : 1) }
            let directions = first..<first + (model.layers[layer].bidirectional ? 2 : 1)
            let encoded = encoder.stateShapes[first]
            for readsMemory in shape.hasMemory ? [false, true] : [false] {
                sources.append((directions, readsMemory && encoded.hasMemory))
                inputs.append((
                    width: encoded.size * directions.count,
                        isTaken: directions.count == 1 && encoded.size == shape.size
                            && encoded.hasMemory == shape.hasMemory
                    ))
            }
        }
        bridgeSources = sources
        bridge = StateBridge(
            inputs: inputs, shapes: decoder.stateShapes, initializer: model.initializer, layout: &layout)
        self.layout = layout
    }

    /// The layers as `rnn-dist summary` shows them.
    public var layers: [LayerDescription] {
        encoder.descriptions(layout, readsLast: false) + bridge.descriptions + decoder.descriptions(layout)
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        encoder.pack(parameters)
        bridge.pack(parameters)
        decoder.pack(parameters)
    }

    /// Reads source sentences, and prepares the decoder to look at them.
    ///
    /// - Parameter sequences: The packed source sequence each of the decoder's sequences begins from.
    /// - Returns: The states the decoder begins in.
    func encode(
        _ source: SequenceInput<Scalar>, sequences: [Int], _ pass: Pass, _ parameters: Parameters<Scalar>
    ) -> RecurrentState<Scalar> {
        encoder.forward(source, pass, parameters)
        if hasAttention {
            let states = encoder.everyStep(source.packed)
            decoder.read(sourceDropout.forward(states, pass, examples: source.rowExamples, times: source.rowTimes))
        }
        let final = encoder.finalState(source.packed).selecting(sequences)
        let inputs = bridgeSources.map { part in
            joined(final.directions[part.directions].map { part.readsMemory ? $0.memory ?? $0.hidden : $0.hidden })
        }
        return bridge.forward(inputs, parameters, team: team)
    }

    /// - Returns: Logits `[row of the target, tokens]`, valid until the next pass.
    package func forward(_ batch: PairBatch, _ pass: Pass, _ parameters: Parameters<Scalar>) -> Matrix<Scalar> {
        let initial = encode(batch.sourceInput(Scalar.self), sequences: batch.sourceOfTarget, pass, parameters)
        return decoder.forward(
            batch.target.input(Scalar.self), initial: initial, hasAttention ? batch.attention : nil, pass, parameters)
    }

    /// - Parameter d: Gradient of the logits; overwritten.
    package func backward(
        _ d: Matrix<Scalar>, _ batch: PairBatch, _ pass: Pass, _ parameters: Parameters<Scalar>,
        into gradients: Gradients<Scalar>
    ) {
        let (dInitial, dSource) = decoder.backward(
            d, batch.target.input(Scalar.self), hasAttention ? batch.attention : nil, pass, parameters, into: gradients)
        let dParts = bridge.backward(dInitial, batch.target.packed, into: gradients, team: team)
        let sequences = batch.source.packed.sequences
        let dFinal = RecurrentState<Scalar>(
            directions: encoder.stateShapes.map { shape in
                DirectionState(
                    hidden: Matrix(rows: sequences, columns: shape.size),
                    memory: shape.hasMemory ? Matrix(rows: sequences, columns: shape.size) : nil)
            })
        let order = AlignedBuffer(batch.sourceOfTarget.map { Int32(truncatingIfNeeded: $0) })
        for (part, d) in zip(bridgeSources, dParts) {
            var column = 0
            for direction in dFinal.directions[part.directions] {
                let target = part.readsMemory ? direction.memory ?? direction.hidden : direction.hidden
                let sorted = Matrix<Scalar>(rows: sequences, columns: target.columns)
                copyRows(
                    d.columns(column..<column + target.columns), rows: .all(sequences), into: sorted,
                    rows: .indexed(order))
                addRows(sorted, to: target)
                column += target.columns
            }
        }
        if let dSource { sourceDropout.backward(dSource) }
        encoder.backward(
            dSource.map { .everyStep($0) } ?? .none, dFinal: dFinal, batch.sourceInput(Scalar.self), pass,
            into: gradients)
    }

    /// Matrices side by side.
    private func joined(_ parts: [Matrix<Scalar>]) -> Matrix<Scalar> {
        if parts.count == 1 { return parts[0] }
        let result = Matrix<Scalar>(rows: parts[0].rows, columns: parts.reduce(0) { $0 + $1.columns })
        var column = 0
        for part in parts {
            copyRows(
                part, rows: .all(part.rows), into: result.columns(column..<column + part.columns), rows: .all(part.rows)
            )
            column += part.columns
        }
        return result
    }
}

extension ModelConfiguration {
    /// The decoder's layers: as given, or like the encoder's, but forward alone.
    var layersOfDecoder: [Layer] {
        decoderLayers.isEmpty
            ? layers.map { layer in
                var layer = layer
                layer.bidirectional = false
                return layer
            } : decoderLayers
    }
}
