import Diagnostics
import Kernels
import SequenceData

extension TaggingTask {
    /// What stands for a hidden word in a text.
    static let blank = "___"

    public var predictionOptions: [PredictionOption] { configuration.tagging.hiddenWords == nil ? [] : [.topK] }

    /// The tagged tokens of each sentence, or the words that fill its blanks.
    ///
    /// - Throws: `Diagnostic` where the input cannot be read, or a sentence with a blank is wanted and has none.
    public func predict(_ request: PredictionRequest, notice: (String) -> Void) throws -> [Prediction] {
        let texts = try request.file.map { try CorpusReader.lines(of: $0) } ?? request.texts
        let isFilled = texts.map { !$0.utf8.allSatisfy(\.isASCIIBlank) }
        // A line without a token keeps its place among the predictions.
        let (corpus, tokens) = try TaggedReader(configuration).encode(
            zip(texts, isFilled).filter(\.1).map(\.0), vocabulary)
        let found: [Prediction]
        if configuration.tagging.hiddenWords == nil {
            found = zip(tokens, tags(of: corpus)).map { tagged($0, $1) }
        } else {
            let blanks = tokens.map { $0.map(isBlank) }
            if let sentence = blanks.firstIndex(where: { !$0.contains(true) }) {
                throw Diagnostic(
                    request.source, "'\(tokens[sentence].joined(separator: " "))' has no blank",
                    expected: "\(Self.blank) in the place of a word", category: .usage)
            }
            found = zip(tokens, hiddenWords(of: corpus, blanks: blanks)).map { filled($0, $1, top: request.topK) }
        }
        notes(tokens, corpus, isFilled, request.source).forEach(notice)
        var rest = found[...]
        return zip(texts, isFilled).map { text, isFilled in
            let prediction = (isFilled ? rest.popFirst() : nil) ?? tagged([], [])
            return Prediction(
                subject: text, text: prediction.text, columns: prediction.columns, fields: prediction.fields)
        }
    }

    /// What to say of words that the model does not know, and of lines without a token.
    private func notes(
        _ tokens: [[String]], _ corpus: TaggedCorpus, _ isFilled: [Bool], _ source: String
    ) -> [String] {
        var unknown = UnknownTokens("words"), sentence = 0
        for isFilled in isFilled {
            guard isFilled else {
                unknown.add([], spelled: [])
                continue
            }
            let numbers = corpus.words[corpus.offsets[sentence]..<corpus.offsets[sentence + 1]]
            let words = zip(numbers, tokens[sentence]).filter { !isBlank($1) }
            unknown.add(words.map(\.0), spelled: words.map(\.1))
            sentence += 1
        }
        return unknown.notes(source, empty: "nothing is predicted")
    }

    /// Whether a token stands for a hidden word.
    private func isBlank(_ token: String) -> Bool {
        configuration.tagging.hiddenWords != nil && token.utf8.elementsEqual(Self.blank.utf8)
    }

    private func tagged(_ tokens: [String], _ found: [(tag: Int32, probability: Float?)]) -> Prediction {
        let names = vocabulary.tags?.names ?? []
        let tags = found.map { names[Int($0.tag)] }
        return Prediction(
            subject: "", text: zip(tokens, tags).map { "\($0)/\($1)" }.joined(separator: " "),
            columns: [("tags", tags.joined(separator: " "))],
            fields: [
                (
                    "tokens",
                    .list(
                        zip(tokens, found).map { token, found in
                            .object(
                                [("token", .text(token)), ("tag", .text(names[Int(found.tag)]))]
                                    + (found.probability.map { [("probability", .float($0))] } ?? []))
                        })
                )
            ])
    }

    private func filled(_ tokens: [String], _ probabilities: [[Float]], top: Int) -> Prediction {
        let ranked = probabilities.map { values in
            // Padding and the unknown token are no words.
            values.indices.dropFirst(2).sorted { (-values[$0], $0) < (-values[$1], $1) }.prefix(top).map {
                (word: vocabulary.words.string(of: $0), probability: values[$0])
            }
        }
        var next = ranked.makeIterator()
        let text = tokens.map { isBlank($0) ? next.next()?.first?.word ?? $0 : $0 }
        return Prediction(
            subject: "", text: text.joined(separator: " "),
            columns: [("words", ranked.map { $0.map(\.word).joined(separator: ",") }.joined(separator: " "))],
            fields: [
                (
                    "blanks",
                    .list(
                        ranked.map { words in
                            .list(
                                words.map {
                                    .object([("word", .text($0.word)), ("probability", .float($0.probability))])
                                })
                        })
                )
            ])
    }

    /// The tag of each token, sentence by sentence, and where tokens are tagged by themselves its probability.
    private func tags(of corpus: TaggedCorpus) -> [[(tag: Int32, probability: Float?)]] {
        var result = [[(tag: Int32, probability: Float?)]](repeating: [], count: corpus.count)
        forEachBatch(corpus, hiding: nil) { batch, scores in
            let packed = batch.input.packed
            let tags = network.field?.decode(scores, packed, parameters) ?? scores.largest
            if network.field == nil { softmax(scores) }
            for j in 0..<packed.sequences {
                result[Int(batch.input.sentences[j])] = rows(of: j, packed).map {
                    (tags[$0], network.field == nil ? scores[$0, Int(tags[$0])] : nil)
                }
            }
        }
        return result
    }

    /// For each sentence, for each hidden word from left to right, the probabilities of all words.
    private func hiddenWords(of corpus: TaggedCorpus, blanks: [[Bool]]) -> [[[Float]]] {
        var result = [[[Float]]](repeating: [], count: corpus.count)
        forEachBatch(corpus, hiding: Hiding(word: hiddenWord, blanks: blanks)) { batch, scores in
            softmax(scores)
            for (row, place) in (batch.chosen?.elements.map { Int($0) } ?? []).enumerated() {
                // The order within a sentence is that of time: rows of one shard go step by step.
                result[Int(batch.input.rowExamples[place])].append((0..<classes).map { scores[row, $0] })
            }
        }
        return result
    }

    private func forEachBatch(
        _ corpus: TaggedCorpus, hiding: Hiding?, _ body: (TaggingBatch<Float>, Matrix<Float>) -> Void
    ) {
        let plan = EpochPlan(evaluating: corpus.lengths, batchSize: 256, shards: 1)
        for step in 0..<plan.stepCount {
            let batch = batch(
                corpus, plan, step: step, shards: 0..<1, subtrees: [0..<1], hiding: hiding, forgetting: nil)
            body(batch, network.forward(batch.input, chosen: batch.chosen, .evaluation, parameters))
        }
    }
}

extension Matrix<Float> {
    /// The column of each row's largest element, the first of equals.
    fileprivate var largest: [Int32] {
        (0..<rows).map { row in
            var best = 0
            for column in 1..<Swift.max(1, columns) where self[row, column] > self[row, best] { best = column }
            return Int32(best)
        }
    }
}
