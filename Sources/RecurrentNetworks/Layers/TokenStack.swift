import Configuration
import Kernels

/// A recurrent stack that reads tokens, with dropout on their embeddings too.
public final class TokenStack<Scalar: KernelScalar> {
    public let outputSize: Int
    /// Hidden size, and whether there are cell states, of every direction of every layer.
    public var stateShapes: [(size: Int, hasMemory: Bool)] { stack.stateShapes }
    private let stack: RecurrentStack<Scalar>
    private let table: Int?
    private let dropout: Dropout<Scalar>
    private var rowMemory = ReusedMatrix<Scalar>()
    private var input: SequenceInput<Scalar>?

    /// - Parameters:
    ///   - name: Prefix of the parameters' names, such as `encoder/`.
    ///   - tokens: Of the vocabulary.
    ///   - firstDropout: Number of the first of its dropouts among those of the network; there are as many as layers.
    public init(
        name: String, _ model: ModelConfiguration, layers: [ModelConfiguration.Layer], tokens: Int, firstDropout: Int, team: ThreadTeam,
        layout: inout ParameterLayout
    ) {
        var kind = RecurrentStack<Scalar>.InputKind.oneHot(tokens: tokens)
        if case .embedding(let width) = model.input {
            table = layout.addTable("\(name)embedding/weight", rows: tokens, width: width, .embedding(model.initializer))
            kind = .rows(width: width)
        } else {
            table = nil
        }
        stack = RecurrentStack(
            name: name, kind, layers: layers, initializer: model.initializer, dropout: model.dropout, firstDropout: firstDropout + 1,
            team: team, layout: &layout)
        dropout = Dropout(probability: model.dropout, number: firstDropout)
        outputSize = stack.outputSize
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) { stack.pack(parameters) }

    /// Computes the states of all layers for every time step.
    ///
    /// - Parameter initial: The states before the first step; nil: zeros.
    public func forward(
        _ batch: SequenceInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>, initial: RecurrentState<Scalar>? = nil
    ) {
        var batch = batch
        if let table, let tokens = batch.tokens {
            let values = parameters.tables[table]
            let rows = rowMemory.reshaped(rows: batch.packed.rows, columns: values.columns)
            copyRows(values, rows: .indexed(tokens), into: rows, rows: .all(rows.rows))
            let dropped = dropout.forward(rows, pass, examples: batch.rowExamples, times: batch.rowTimes)
            batch = SequenceInput(packed: batch.packed, tokens: tokens, features: dropped, examples: batch.examples)
        }
        input = batch
        stack.forward(batch, pass, parameters, initial: initial)
    }

    /// What the top layer computed for every row in natural order, `[row, outputSize]`; valid until the next pass.
    public func everyStep(_ packed: PackedSequences) -> Matrix<Scalar> { stack.everyStep(packed) }

    /// The states after each sequence's last step, in memory of their own.
    public func finalState(_ packed: PackedSequences) -> RecurrentState<Scalar> { stack.finalState(packed) }

    /// Sums the gradients of all parameters of the last pass.
    ///
    /// - Parameters:
    ///   - d: Gradient of what the top layer computed; overwritten.
    ///   - dFinal: Gradients of the final states; nil: zeros.
    /// - Returns: Gradients of the initial states, valid until the next pass.
    @discardableResult
    public func backward(
        _ d: OutputGradient<Scalar>, dFinal: RecurrentState<Scalar>? = nil, _ pass: Pass, into gradients: Gradients<Scalar>
    ) -> RecurrentState<Scalar> {
        guard let input else { preconditionFailure("a gradient follows a forward pass") }
        let dInitial = stack.backward(d, dFinal: dFinal, input, pass, into: gradients)
        if let table, let tokens = input.tokens, let dRows = stack.inputGradient {
            dropout.backward(dRows)
            let rows = input.packed.gradientRows(liveSteps: nil)
            gradients.tables[table] = sparseRowGradient(
                ids: LayerInput(matrix: dRows, index: tokens).selection(rows.rows), dRows, index: rows.rows, leaves: rows.leaves)
        }
        return dInitial
    }

    public func descriptions(_ layout: ParameterLayout) -> [LayerDescription] { stack.descriptions(layout, readsLast: false) }
}
