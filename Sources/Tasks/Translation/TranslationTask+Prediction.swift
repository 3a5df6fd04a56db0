import Diagnostics
import Kernels
import RecurrentNetworks
import SequenceData

extension TranslationTask {
    public var predictionOptions: [PredictionOption] { PredictionOption.ofEmission }

    /// Translates texts, or the lines of a file; alternatives come from the beam.
    public func predict(_ request: PredictionRequest) throws -> [Prediction] {
        let texts = try request.file.map { try CorpusReader.lines(of: $0) } ?? request.texts
        var codec = data.sourceCodec
        var sources: [[Int32]] = []
        for (number, text) in texts.enumerated() {
            let tokens = codec.encode(text)
            if let limit = configuration.data.maxLength, tokens.count > limit {
                throw Diagnostic(
                    "\(request.source):\(number + 1)", "the text has \(tokens.count) tokens", expected: "at most \(limit) (data.max_length)")
            }
            sources.append(tokens)
        }
        let corpus = EncodedCorpus(sequences: sources)
        let beam = BeamSearch(width: max(request.beam, request.topK), lengthPenalty: request.lengthPenalty)
        var translations = [[BeamSearch.Hypothesis]](repeating: [], count: texts.count)
        let plan = EpochPlan(evaluating: corpus.lengths, batchSize: max(1, 64 / beam.width), shards: 1)
        for step in 0..<plan.stepCount {
            let batch = SequenceData.Batch(corpus, plan, step: step, shards: 0..<1, subtrees: [0..<1])
            for (sequence, hypotheses) in translate(batch, beam: beam, maximumLength: request.maximumLength).enumerated() {
                translations[Int(batch.examples[sequence])] = hypotheses
            }
        }
        return zip(texts, translations).map { text, hypotheses in
            Prediction(
                subject: text, emitted: hypotheses.prefix(request.topK).map { ($0, data.targetCodec.text(of: $0.tokens)) },
                name: "translation")
        }
    }

    /// - Returns: For each packed sequence its translations, the best first.
    func translate(_ source: SequenceData.Batch, beam: BeamSearch, maximumLength: Int) -> [[BeamSearch.Hypothesis]] {
        let input = SequenceInput<Float>(packed: source.packed, tokens: source.tokens, features: nil, examples: source.examples)
        let initial = network.encode(input, sequences: Array(0..<source.packed.sequences), .evaluation, parameters)
        // No sentence is more than twice as long as its translation and fifty tokens: an untrained network finds no end.
        let limits = source.packed.lengths.map { min(maximumLength, 2 * $0 + 50) }
        // A wide beam takes few sentences at a time: memory must not grow with both.
        let part = max(1, 256 / beam.width)
        return stride(from: 0, to: limits.count, by: part).flatMap { first in
            let chosen = Array(first..<min(first + part, limits.count))
            return beam.run(initial: initial.selecting(chosen), limits: chosen.map { limits[$0] }) { tokens, state, sequences in
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
    /// - Returns: Probabilities `[hypothesis, tokens]` of the next one, valid until the next pass; and the states after.
    func step(
        _ tokens: [Int32], _ state: RecurrentState<Float>, _ rows: AttentionRows?, _ parameters: Parameters<Float>
    ) -> (Matrix<Float>, RecurrentState<Float>) {
        let count = tokens.count
        let packed = PackedSequences(
            lengths: [Int](repeating: 1, count: count), shards: [Int](repeating: 0, count: count), subtreeShards: [0..<1])
        let input = SequenceInput<Float>(
            packed: packed, tokens: AlignedBuffer(tokens), features: nil, examples: AlignedBuffer(count: count))
        let logits = forward(input, initial: state, rows, .evaluation, parameters)
        softmax(logits)
        return (logits, finalState(packed))
    }
}

extension Prediction {
    /// What a decoder emitted for a subject, the best first.
    init(subject: String, emitted: [(hypothesis: BeamSearch.Hypothesis, text: String)], name: String) {
        self.init(
            subject: subject, text: emitted.map(\.text).joined(separator: " | "),
            columns: emitted.enumerated().flatMap { place, found in
                [
                    ("\(name)_\(place + 1)", found.text), ("log_probability_\(place + 1)", "\(Float(found.hypothesis.logProbability))"),
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
