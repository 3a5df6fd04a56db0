import Diagnostics
import Kernels
import RecurrentNetworks
import SequenceData

extension TranslationTask {
    public var predictionOptions: [PredictionOption] { PredictionOption.ofEmission }

    /// Longer texts are not translated: reading takes memory for each of their tokens.
    package static let longestText = 10_000

    /// Translates texts, or the lines of a file; alternatives come from the beam.
    ///
    /// A text without tokens, and one longer than `longestText`, has an empty translation, and the user is told.
    public func predict(_ request: PredictionRequest, notice: (String) -> Void) throws -> [Prediction] {
        let texts = try request.file.map { try CorpusReader.lines(of: $0) } ?? request.texts
        let sources = sources(texts, request.source, notice)
        let beam = BeamSearch(width: max(request.beam, request.topK), lengthPenalty: request.lengthPenalty)
        var translations = [[BeamSearch.Hypothesis]](repeating: [], count: texts.count)
        // Long texts by themselves, so that what a batch takes stays bounded.
        for (lengths, batchSize) in [(1...500, max(1, 64 / beam.width)), (501...Self.longestText, 1)] {
            let members = sources.indices.filter { lengths.contains(sources[$0].count) }
            let corpus = EncodedCorpus(sequences: members.map { sources[$0] })
            let plan = EpochPlan(evaluating: corpus.lengths, batchSize: batchSize, shards: 1)
            for step in 0..<plan.stepCount {
                let batch = SequenceData.Batch(corpus, plan, step: step, shards: 0..<1, subtrees: [0..<1])
                let found = translate(batch, beam: beam, maximumLength: request.maximumLength)
                for (sequence, hypotheses) in found.enumerated() {
                    translations[members[Int(batch.examples[sequence])]] = hypotheses
                }
            }
        }
        let cut = translations.indices.filter { text in
            translations[text].first.map { !$0.isComplete && $0.tokens.count == request.maximumLength } ?? false
        }
        if let first = cut.first {
            notice(
                UnknownTokens.note(
                    request.source, first,
                    "the translation\(UnknownTokens.others(cut)) is cut after \(request.maximumLength) tokens "
                        + "(--max-length)"
                ))
        }
        return zip(texts, translations).map { text, hypotheses in
            Prediction(
                subject: text,
                emitted: hypotheses.prefix(request.topK).map { ($0, data.targetCodec.text(of: $0.tokens)) },
                name: "translation", alternatives: request.topK)
        }
    }

    /// The token numbers of each text; none where nothing is to be translated.
    private func sources(_ texts: [String], _ source: String, _ notice: (String) -> Void) -> [[Int32]] {
        var codec = data.sourceCodec
        var unknown = UnknownTokens(codec.tokens.kind)
        // Blanks alone are no text, as in training.
        var sources = texts.map { codec.encode($0.utf8.allSatisfy(\.isASCIIBlank) ? "" : $0, counting: &unknown) }
        unknown.notes(source, empty: "its translation is empty").forEach(notice)
        for text in sources.indices where sources[text].count > Self.longestText {
            notice(
                UnknownTokens.note(
                    source, text,
                    "the text has \(sources[text].count) tokens, expected at most \(Self.longestText): its "
                        + "translation is empty",
                    hint: "divide it into sentences, a line each"))
            sources[text] = []
        }
        let trained = configuration.data.maxLength ?? .max,
            long = sources.indices.filter { sources[$0].count > trained }
        if let first = long.first {
            notice(
                UnknownTokens.note(
                    source, first,
                    "the text\(UnknownTokens.others(long)) has \(sources[first].count) tokens, "
                        + "more than any the model has learned from (data.max_length is \(trained))"))
        }
        return sources
    }

    /// - Returns: For each packed sequence its translations, the best first.
    func translate(_ source: SequenceData.Batch, beam: BeamSearch, maximumLength: Int) -> [[BeamSearch.Hypothesis]] {
        let input = SequenceInput<Float>(
            packed: source.packed, tokens: source.tokens, features: nil, examples: source.examples)
        let initial = network.encode(input, sequences: Array(0..<source.packed.sequences), .evaluation, parameters)
        // No sentence is more than twice as long as its translation and fifty tokens: an untrained network finds no
        // end.
        let limits = source.packed.lengths.map { min(maximumLength, 2 * $0 + 50) }
        // A wide beam takes few sentences at a time: memory must not grow with both.
        let part = max(1, 256 / beam.width)
        return stride(from: 0, to: limits.count, by: part).flatMap { first in
            let chosen = Array(first..<min(first + part, limits.count))
            return beam.run(initial: initial.selecting(chosen), limits: chosen.map { limits[$0] }) {
                tokens, state, sequences in
                let rows = configuration.model.attention == .none
                    ? nil : AttentionRows(source: source.packed, sequenceOfRow: sequences.map { first + $0 })
                return network.decoder.step(tokens, state, rows, parameters)
            }
        }
    }
}

extension SequenceDecoder<Float> {
    /// Goes on by one token.
    ///
    /// - Parameters:
    ///   - tokens: The last token of each hypothesis.
    ///   - state: After the tokens before, a row each.
    /// - Returns: Probabilities `[hypothesis, tokens]` of the next one, valid until the next pass; and the states
    ///   after.
    func step(
        _ tokens: [Int32], _ state: RecurrentState<Float>, _ rows: AttentionRows?, _ parameters: Parameters<Float>
    ) -> (Matrix<Float>, RecurrentState<Float>) {
        let count = tokens.count
        let packed = PackedSequences(
            lengths: [Int](repeating: 1, count: count), shards: [Int](repeating: 0, count: count),
            subtreeShards: [0..<1])
        let input = SequenceInput<Float>(
            packed: packed, tokens: AlignedBuffer(tokens), features: nil, examples: AlignedBuffer(count: count))
        let logits = forward(input, initial: state, rows, .evaluation, parameters)
        softmax(logits)
        return (logits, finalState(packed))
    }
}

extension Prediction {
    /// What a decoder emitted for a subject, the best first.
    ///
    /// - Parameter alternatives: As many are in a table's columns, empty ones where fewer were found.
    init(
        subject: String, emitted: [(hypothesis: BeamSearch.Hypothesis, text: String)], name: String, alternatives: Int
    ) {
        self.init(
            subject: subject, text: emitted.map(\.text).joined(separator: " | "),
            columns: (0..<alternatives).flatMap { place in
                let found = place < emitted.count ? emitted[place] : nil
                return [
                    ("\(name)_\(place + 1)", found?.text ?? ""),
                    (
                        "log_probability_\(place + 1)",
                        found.map { "\(Float($0.hypothesis.logProbability))" } ?? ""
                    ),
                ]
            },
            fields: [
                (name, .text(emitted.first?.text ?? "")),
                (
                    "alternatives",
                    .list(
                        emitted.map {
                            .object([
                                (name, .text($0.text)), ("log_probability_nats", .number($0.hypothesis.logProbability)),
                                ("tokens", .integer($0.hypothesis.tokens.count)),
                            ])
                        })
                ),
            ])
    }
}
