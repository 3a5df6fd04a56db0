import Configuration
import Kernels

/// A rank's part of a minibatch of sentences, rows in packed order.
public struct WordInput<Scalar: KernelScalar> {
    public let packed: PackedSequences
    /// The number of each packed sentence.
    public let sentences: AlignedBuffer<Int32>
    /// The words around each row, from left to right: `windows[i]` holds one word a row, the middle one the row's own.
    public let windows: [AlignedBuffer<Int32>]
    /// The characters of each row's word, a sequence for each row; nil where words have none.
    public let spelling: SequenceInput<Scalar>?
    /// The row of each packed sequence of `spelling`.
    public let spelledRows: AlignedBuffer<Int32>
    /// The example and the time step of each row, which dropout depends on.
    public let rowExamples: AlignedBuffer<Int32>, rowTimes: AlignedBuffer<Int32>

    public init(
        packed: PackedSequences, sentences: AlignedBuffer<Int32>, windows: [AlignedBuffer<Int32>],
        spelling: SequenceInput<Scalar>?, spelledRows: AlignedBuffer<Int32>, rowExamples: AlignedBuffer<Int32>,
        rowTimes: AlignedBuffer<Int32>
    ) {
        precondition(
            windows.count % 2 == 1 && windows.allSatisfy { $0.count == packed.rows } && rowExamples.count == packed.rows
                && rowTimes.count == packed.rows && (spelling == nil || spelledRows.count == packed.rows),
            "every row has a word, its neighbours and its characters")
        self.packed = packed
        self.sentences = sentences
        self.windows = windows
        self.spelling = spelling
        self.spelledRows = spelledRows
        self.rowExamples = rowExamples
        self.rowTimes = rowTimes
    }
}

/// What a network over words reads of each: the vectors of the words around it, and the last states of a recurrent
/// network over its characters, side by side.
///
/// - Source: context window: Mesnil et al. 2013; characters: Lample et al. 2016.
public final class WordFeatures<Scalar: KernelScalar> {
    public let width: Int
    private let window: Int  // words, the middle one included
    private let embedding: Int
    private let table: Int
    private let characters: RecurrentStack<Scalar>?
    private let dropout: Dropout<Scalar>
    private let embeddingDropout: EmbeddingDropout<Scalar>
    private var inputMemory = ReusedMatrix<Scalar>(), stateMemory = ReusedMatrix<Scalar>()
    private var windowGradient = ReusedMatrix<Scalar>(), stateGradient = ReusedMatrix<Scalar>()

    /// - Parameters:
    ///   - words: Rows of the table, `embedding` numbers each.
    ///   - context: Words on either side.
    ///   - characters: What runs over characters, one direction or two; nil: nothing.
    ///   - dropout: Probability of dropping a feature of a word.
    ///   - dropoutNumber: Number of that dropout among those of the network.
    public init(
        words: Int, embedding: Int, context: Int,
        characters: (tokens: Int, embedding: Int, layer: ModelConfiguration.Layer)?,
        initializer: ModelConfiguration.Initializer, dropout: Double, dropoutNumber: Int, regularizers: Regularizers,
        team: ThreadTeam, layout: inout ParameterLayout
    ) {
        window = 2 * context + 1
        self.embedding = embedding
        table = layout.addTable("embedding/weight", rows: words, width: embedding, .embedding(initializer))
        self.characters = characters.map { characters in
            RecurrentStack(
                name: "characters/",
                .embedding(
                    tokens: characters.tokens, width: characters.embedding, .embedding(initializer), isTrained: true),
                layers: [characters.layer], initializer: initializer, dropout: 0,
                regularizers: regularizers.behindInput, team: team,
                layout: &layout)
        }
        self.dropout = Dropout(probability: dropout, number: dropoutNumber, isVariational: regularizers.isVariational)
        embeddingDropout = EmbeddingDropout(probability: regularizers.embeddingDropout, name: "")
        width = window * embedding + (self.characters?.outputSize ?? 0)
    }

    /// The layers over characters.
    public func descriptions(_ layout: ParameterLayout) -> [LayerDescription] {
        characters?.descriptions(layout, readsLast: true) ?? []
    }

    /// Takes over changed weights.
    public func pack(_ parameters: Parameters<Scalar>) { characters?.pack(parameters) }

    /// - Returns: `[row, width]` in natural order, valid until the next pass.
    public func forward(_ batch: WordInput<Scalar>, _ pass: Pass, _ parameters: Parameters<Scalar>) -> Matrix<Scalar> {
        precondition(batch.windows.count == window, "a batch has as many words a row as the window")
        let rows = batch.packed.rows
        let input = inputMemory.reshaped(rows: rows, columns: width)
        let values = parameters.tables[table]
        let dropped = embeddingDropout.forward(values, tokens: windowTokens(batch), pass)
        for (place, words) in batch.windows.enumerated() {
            let source = dropped.map { $0.rows(place * rows..<(place + 1) * rows) }
            copyRows(
                source ?? values, rows: source == nil ? .indexed(words) : .all(rows),
                into: input.columns(columns(place)),
                rows: .all(rows))
        }
        if let characters, let spelling = batch.spelling {
            characters.forward(spelling, characterPass(pass), parameters)
            let states = stateMemory.reshaped(rows: rows, columns: characters.outputSize)
            characters.lastStep(spelling.packed, into: states)
            copyRows(states, rows: .all(rows), into: input.columns(characterColumns), rows: .indexed(batch.spelledRows))
        }
        return dropout.forward(input, pass, examples: batch.rowExamples, times: batch.rowTimes)
    }

    /// Sums the gradients of tables and characters' network.
    ///
    /// - Parameter d: Gradient of what `forward` returned; overwritten.
    public func backward(
        _ d: Matrix<Scalar>, _ batch: WordInput<Scalar>, _ pass: Pass, into gradients: Gradients<Scalar>
    ) {
        dropout.backward(d)
        gradients.tables[table] = tableGradient(d, batch)
        if let characters, let spelling = batch.spelling {
            let dStates = stateGradient.reshaped(rows: batch.packed.rows, columns: characters.outputSize)
            copyRows(
                d.columns(characterColumns), rows: .indexed(batch.spelledRows), into: dStates, rows: .all(dStates.rows))
            characters.backward(.lastStep(dStates), spelling, characterPass(pass), into: gradients)
        }
    }

    /// A row reads as many rows of the table as the window is wide, some of them perhaps twice.
    private func tableGradient(_ d: Matrix<Scalar>, _ batch: WordInput<Scalar>) -> [SparseRows<Scalar>] {
        let count = batch.packed.rows, rows = batch.packed.gradientRows(liveSteps: nil)
        let parts = windowGradient.reshaped(rows: window * count, columns: embedding)
        for place in 0..<window {
            copyRows(
                d.columns(columns(place)), rows: .all(count), into: parts.rows(place * count..<(place + 1) * count),
                rows: .all(count))
        }
        embeddingDropout.backward(parts)
        let ids = AlignedBuffer<Int32>(count: window * count), index = AlignedBuffer<Int32>(count: window * count)
        var position = 0
        for row in rows.rows.elements {
            for place in 0..<window {
                ids[position] = batch.windows[place][Int(row)]
                index[position] = Int32(truncatingIfNeeded: place * count + Int(row))
                position += 1
            }
        }
        let leaves = rows.leaves.moved(to: rows.leaves.bounds.elements.map { window * $0 })
        return withExtendedLifetime(rows) { sparseRowGradient(ids: ids, parts, index: index, leaves: leaves) }
    }

    /// The words of all places of the window, place after place.
    private func windowTokens(_ batch: WordInput<Scalar>) -> AlignedBuffer<Int32> {
        AlignedBuffer(batch.windows.flatMap { Array($0.elements) })
    }

    private func columns(_ place: Int) -> Range<Int> { place * embedding..<(place + 1) * embedding }
    private var characterColumns: Range<Int> { window * embedding..<width }

    /// Words are short: gradients travel through all of their characters.
    private func characterPass(_ pass: Pass) -> Pass {
        Pass(trainingStep: pass.trainingStep, seed: pass.seed, truncation: nil)
    }
}
