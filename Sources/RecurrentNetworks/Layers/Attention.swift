import Configuration
import Kernels

/// Attention over the states of an encoder, for all rows of a decoder at once:
///
///     multiplicative   score(s, h) = s · (h W)
///     additive         score(s, h) = v · tanh(s W + h U + b)
///     c = Σ softmax(score) h     y = tanh([c; s] W_c)
///
/// The decoder is an ordinary recurrent stack that runs over the whole target with teacher forcing; attention comes
/// after it and feeds nothing back into the recurrence (no input feeding), so that every product here and in the
/// decoder is one large product over all rows.
///
/// - Source: multiplicative and the attentional state: Luong, Pham & Manning 2015, section 3.1 (`general`); the
///   additive score: Bahdanau, Cho & Bengio 2015, appendix A.1.2.
public final class Attention<Scalar: KernelScalar> {
    public enum Score: Sendable { case multiplicative, additive }

    public let outputSize: Int
    private let score: Score
    private let stateSize: Int
    private let sourceSize: Int
    private let keyWeight: WeightMatrix<Scalar>  // W, or U: [source, key]
    private let queryWeight: WeightMatrix<Scalar>?  // additive: [state, key]
    private let bias: ParameterSlice?
    private let scoreWeight: ParameterSlice?  // v [key]
    private let contextWeight: WeightMatrix<Scalar>  // the first rows of W_c
    private let stateWeight: WeightMatrix<Scalar>  // the others
    private let team: ThreadTeam
    private var keyMemory = ReusedMatrix<Scalar>(), queryMemory = ReusedMatrix<Scalar>(),
        weightMemory = ReusedMatrix<Scalar>()
    private var contextMemory = ReusedMatrix<Scalar>(), outputMemory = ReusedMatrix<Scalar>()
    private var gradientMemory = (0..<6).map { _ in ReusedMatrix<Scalar>() }
    private var keys = Matrix<Scalar>(rows: 0, columns: 0), queries = Matrix<Scalar>(rows: 0, columns: 0)
    private var source = Matrix<Scalar>(rows: 0, columns: 0), states = Matrix<Scalar>(rows: 0, columns: 0)
    private var context = Matrix<Scalar>(rows: 0, columns: 0), output = Matrix<Scalar>(rows: 0, columns: 0)
    /// `[row, steps]`: how much each row looks at each time step of its source; behind its length anything.
    public private(set) var weights = Matrix<Scalar>(rows: 0, columns: 0)

    /// - Parameters:
    ///   - stateSize: Units of the decoder's states; also the size of what comes out, and of an additive score.
    ///   - sourceSize: Units of the encoder's states.
    public init(
        _ score: Score, stateSize: Int, sourceSize: Int, initializer: ModelConfiguration.Initializer, team: ThreadTeam,
        layout: inout ParameterLayout
    ) {
        self.score = score
        self.stateSize = stateSize
        self.sourceSize = sourceSize
        self.team = team
        outputSize = stateSize
        func initial(_ inputs: Int) -> InitialValues {
            initializer == .keras ? .glorotUniform : .uniform(limit: 1 / Double(inputs).squareRoot())
        }
        let key = layout.add("attention/key_weight", shape: [sourceSize, stateSize], initial(sourceSize))
        keyWeight = WeightMatrix(key)
        switch score {
        case .multiplicative:
            queryWeight = nil
            bias = nil
            scoreWeight = nil
        case .additive:
            let query = layout.add("attention/query_weight", shape: [stateSize, stateSize], initial(stateSize))
            queryWeight = WeightMatrix(query)
            bias = layout.add("attention/bias", shape: [stateSize], .constant(0))
            scoreWeight = layout.add("attention/score_weight", shape: [stateSize, 1], initial(stateSize))
        }
        let combined = layout.add(
            "attention/output_weight", shape: [sourceSize + stateSize, stateSize], initial(sourceSize + stateSize),
            note: "rows: context, state")
        contextWeight = WeightMatrix(combined, inputs: 0..<sourceSize)
        stateWeight = WeightMatrix(combined, inputs: sourceSize..<sourceSize + stateSize)
    }

    public var description: LayerDescription {
        LayerDescription(
            name: "attention", kind: "Attention (\(score))", outputShape: [.batch, .time, .size(outputSize)])
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) {
        for product in [keyWeight, queryWeight, contextWeight, stateWeight] { product?.pack(parameters) }
    }

    /// Prepares the states of an encoder, once for all calls of `forward` that look at them.
    ///
    /// - Parameter source: `[source row, sourceSize]` in natural order; kept until the next call.
    public func read(_ source: Matrix<Scalar>) {
        self.source = source
        keys = keyMemory.reshaped(rows: source.rows, columns: stateSize)
        keyWeight.forward(source, rows: .all(source.rows), into: keys, team: team)
    }

    /// - Parameters:
    ///   - states: `[row, stateSize]`, those of the decoder.
    ///   - batch: What each row looks at, among what was read.
    /// - Returns: `[row, outputSize]`, valid until the next pass.
    public func forward(
        _ states: Matrix<Scalar>, _ batch: AttentionRows, _ parameters: Parameters<Scalar>
    ) -> Matrix<Scalar> {
        precondition(
            batch.count == states.rows && batch.source.rows == source.rows,
            "every state looks at a sequence that was read")
        self.states = states
        queries = states
        if let queryWeight, let bias {
            queries = queryMemory.reshaped(rows: states.rows, columns: stateSize)
            queryWeight.forward(
                states, rows: .all(states.rows), from: .bias(offset: bias.offset), bias: parameters.dense,
                into: queries, team: team)
        }
        weights = weightMemory.reshaped(rows: states.rows, columns: batch.steps)
        context = contextMemory.reshaped(rows: states.rows, columns: sourceSize)
        team.split(batch.source.sequences, grain: 1) { sequences in
            if let scoreWeight {
                additiveScores(
                    queries, keys, v: parameters.dense, offset: scoreWeight.offset, batch, sequences: sequences,
                    into: weights)
            } else {
                attentionScores(queries, keys, batch, sequences: sequences, into: weights)
            }
            attentionContext(weights, source, batch, sequences: sequences, into: context)
        }
        output = outputMemory.reshaped(rows: states.rows, columns: outputSize)
        team.split(states.rows, grain: 32) { range in
            let rows = RowSelection.range(range)
            contextWeight.multiply(context, rows: rows, into: output, rows: rows)
            stateWeight.multiply(states, rows: rows, from: .accumulate, into: output, rows: rows)
            activate(
                .tanh, output, firstRow: range.lowerBound, into: output, firstRow: range.lowerBound, count: range.count)
        }
        return output
    }

    /// Sums the gradients of the parameters.
    ///
    /// - Parameters:
    ///   - d: Gradient of what `forward` returned; overwritten.
    ///   - rows: Of the decoder's batch, for sums over rows.
    ///   - parameters: Those of the pass.
    /// - Returns: The gradients of the decoder's states and of the encoder's, in natural order, valid until the next
    ///   pass.
    public func backward(
        _ d: Matrix<Scalar>, _ batch: AttentionRows, rows: GradientRows, _ parameters: Parameters<Scalar>,
        into gradients: Gradients<Scalar>
    ) -> (states: Matrix<Scalar>, source: Matrix<Scalar>) {
        let dStates = gradientMemory[0].reshaped(rows: states.rows, columns: stateSize)
        let dContext = gradientMemory[1].reshaped(rows: states.rows, columns: sourceSize)
        let dSource = gradientMemory[2].zeros(rows: source.rows, columns: sourceSize)
        let dKeys = gradientMemory[3].zeros(rows: source.rows, columns: stateSize)
        let dQueries = gradientMemory[4].reshaped(rows: states.rows, columns: stateSize)
        team.split(states.rows, grain: 32) { range in
            activationGradient(
                .tanh, at: output, firstRow: range.lowerBound, d, firstRow: range.lowerBound, carry: nil, into: d,
                firstRow: range.lowerBound, count: range.count)
        }
        let all = RowSelection.all(states.rows)
        contextWeight.backward(d, rows: all, from: .zero, into: dContext, rows: all, team: team)
        stateWeight.backward(d, rows: all, from: .zero, into: dStates, rows: all, team: team)
        func sum(_ weight: WeightMatrix<Scalar>, _ x: Matrix<Scalar>, _ d: Matrix<Scalar>, _ rows: GradientRows) {
            weight.sumGradient(
                x, index: rows.rows, d, index: rows.rows, leaves: rows.leaves, into: gradients, team: team)
        }
        sum(contextWeight, context, d, rows)
        sum(stateWeight, states, d, rows)

        let dWeight = gradientMemory[5].reshaped(rows: scoreWeight == nil ? 0 : states.rows, columns: stateSize)
        team.split(batch.source.sequences, grain: 1) { sequences in
            attentionContextGradient(dContext, weights, source, batch, sequences: sequences, dValue: dSource)
            if let scoreWeight {
                additiveScoresGradient(
                    weights, queries, keys, v: parameters.dense, offset: scoreWeight.offset, batch,
                    sequences: sequences,
                    dQuery: dQueries, dKey: dKeys, dWeight: dWeight)
            } else {
                attentionScoresGradient(
                    weights, queries, keys, batch, sequences: sequences, dQuery: dQueries, dKey: dKeys)
            }
        }
        if let queryWeight, let bias, let scoreWeight {
            columnSums(
                dWeight, index: rows.rows, leaves: rows.leaves, into: gradients.dense, offset: scoreWeight.offset)
            columnSums(dQueries, index: rows.rows, leaves: rows.leaves, into: gradients.dense, offset: bias.offset)
            sum(queryWeight, states, dQueries, rows)
            queryWeight.backward(dQueries, rows: all, from: .accumulate, into: dStates, rows: all, team: team)
        } else {
            addRows(dQueries, to: dStates)
        }
        sum(keyWeight, source, dKeys, batch.source.gradientRows(liveSteps: nil))
        let read = RowSelection.all(source.rows)
        keyWeight.backward(dKeys, rows: read, from: .accumulate, into: dSource, rows: read, team: team)
        return (dStates, dSource)
    }
}
