import Configuration
import Diagnostics

extension CorpusReader {
    func trainingTexts(
        _ source: any TextSource, given: LabelSet?, isHeldOut: (_ example: Int) -> Bool
    ) throws -> TrainingData {
        var tokenizer = Tokenizer(configuration)
        var tokens = TokenBuffer()
        var table = Vocabulary.tableForCounting()
        var counts = [Int](repeating: 0, count: table.count)
        var labels = LabelCollector(given: given)
        var corpus = EncodedCorpus()
        var heldOut: [Bool] = []
        var fitted = 0
        let fitRows = configuration.vocabulary.fitRows ?? .max
        let maxLength = configuration.maxLength ?? .max

        corpus.statistics.blankLines = try source.forEach { label, text, place in
            tokenizer.tokenize(text, into: &tokens)
            guard corpus.beginText(tokens: tokens.count, maxLength: maxLength, emptyText: configuration.emptyText)
            else { return }
            corpus.labels.append(try labels.number(of: label, at: place))
            let isForValidation = isHeldOut(heldOut.count)
            heldOut.append(isForValidation)
            let isCounted = !isForValidation && fitted < fitRows
            if isCounted { fitted += 1 }
            // Keras fits its vocabulary on whole texts, so what is cut off is counted, too.
            let bytes = tokens.bytes.span
            for index in 0..<tokens.count {
                let number = table.intern(bytes.extracting(tokens.range(of: index)))
                if number == counts.count { counts.append(0) }
                if isCounted { counts[number] += 1 }
                if index < maxLength { corpus.tokens.append(Int32(number)) }
            }
            corpus.endText()
        }
        try requireExamples(corpus, in: source.name)
        try requireTraining(heldOut)
        let labelSet = try labels.finish(&corpus.labels, subject: source.name)
        let first = corpus.labels[0]
        if let table = source as? DelimitedTexts, table.mayHaveTitles, !corpus.labels.dropFirst().contains(first) {
            corpus.statistics.loneFirstLabel = labelSet.names[Int(first)]
        }
        let (vocabulary, newNumbers) = try Vocabulary.choose(
            from: table, counts: counts, limits: configuration.vocabulary, subject: source.name)
        for index in corpus.tokens.indices { corpus.tokens[index] = newNumbers[Int(corpus.tokens[index])] }
        return TrainingData(vocabulary: vocabulary, labels: labelSet, all: corpus, isHeldOut: heldOut)
    }

    func trainingSequences(
        _ source: any NumericSource, given: LabelSet?, isHeldOut: (_ example: Int) -> Bool
    ) throws -> TrainingData {
        var labels = LabelCollector(given: given)
        var corpus = EncodedCorpus(featureWidth: source.width)
        var heldOut: [Bool] = []
        corpus.statistics.blankLines = try source.forEach { _, label, values, place in
            corpus.append(values, maxLength: configuration.maxLength)
            corpus.labels.append(try labels.number(of: label, at: place))
            heldOut.append(isHeldOut(heldOut.count))
        }
        try requireExamples(corpus, in: source.name)
        try requireTraining(heldOut)
        let labelSet = try labels.finish(&corpus.labels, subject: source.name)
        return TrainingData(vocabulary: nil, labels: labelSet, all: corpus, isHeldOut: heldOut)
    }

    private func requireTraining(_ heldOut: [Bool]) throws {
        guard heldOut.contains(false) else {
            throw Diagnostic(
                "data.validation_fraction", "all \(heldOut.count) examples are held out", expected: "some to train on")
        }
    }
}
