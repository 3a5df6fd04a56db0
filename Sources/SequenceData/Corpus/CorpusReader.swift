import Configuration
import Diagnostics

/// Reads examples as a configuration describes them.
///
/// Training data is read once: tokens are numbered as they come, counted, and renumbered by frequency in place.
public struct CorpusReader: Sendable {
    let configuration: DataConfiguration

    public init(_ configuration: DataConfiguration) { self.configuration = configuration }

    /// Reads `data.train`, and fits the vocabulary and the labels on it.
    ///
    /// - Parameter isHeldOut: Whether the example with this number is for validation; called once per example. The
    ///   vocabulary does not see those; the labels do.
    /// - Throws: `Diagnostic` for whatever is wrong with the files, with the line; when no example, no token, or only
    ///   one class is left.
    public func readTraining(isHeldOut: (_ example: Int) -> Bool = { _ in false }) throws -> TrainingData {
        let path = configuration.train
        let format = DataFormat(configuration: configuration)
        let given = configuration.labels.isEmpty ? nil : try LabelSet(names: configuration.labels)
        if let source = try format.texts(of: path, labelled: true) {
            return try trainingTexts(source, given: given, isHeldOut: isHeldOut)
        }
        return try trainingSequences(try format.sequences(of: path, labelled: true), given: given, isHeldOut: isHeldOut)
    }

    /// Reads further examples with labels: for validation and evaluation.
    ///
    /// - Parameter vocabulary: That of the training data; nil for numeric data.
    /// - Throws: `Diagnostic` as `readTraining`, and for a label that is not in `labels`.
    public func read(_ path: String, vocabulary: Vocabulary?, labels: LabelSet) throws -> EncodedCorpus {
        try read(path, vocabulary: vocabulary, labels: labels, emptyText: configuration.emptyText).corpus
    }

    /// Reads further examples without labels, from data of the configured format; an empty text is the unknown token,
    /// so that examples and rows correspond.
    ///
    /// - Parameter skippingLabels: Lines of numbers begin with a label, which is passed over.
    /// - Returns: The examples, and the names of numeric sequences, where they have names.
    public func readUnlabelled(
        _ path: String, vocabulary: Vocabulary?, skippingLabels: Bool = false
    ) throws -> (corpus: EncodedCorpus, names: [String]) {
        try read(path, vocabulary: vocabulary, labels: nil, emptyText: .unknown, skippingLabels: skippingLabels)
    }

    private func read(
        _ path: String, vocabulary: Vocabulary?, labels: LabelSet?, emptyText: DataConfiguration.EmptyText,
        skippingLabels: Bool = false
    ) throws -> (corpus: EncodedCorpus, names: [String]) {
        let format = DataFormat(configuration: configuration)
        if let source = try format.texts(of: path, labelled: labels != nil) {
            var encoder = TextEncoder(configuration, vocabulary: try require(vocabulary), emptyText: emptyText)
            encoder.corpus.statistics.blankLines = try source.forEach { label, text, place in
                if try encoder.append(text), let labels {
                    encoder.corpus.labels.append(try labels.index(of: label, at: place))
                }
            }
            try requireExamples(encoder.corpus, in: source.name)
            return (encoder.corpus, [])
        }
        let source = try format.sequences(of: path, labelled: labels != nil || skippingLabels)
        var corpus = EncodedCorpus(featureWidth: source.width)
        var names: [String] = []
        corpus.statistics.blankLines = try source.forEach { name, label, values, place in
            if !name.isEmpty { names.append(name.text) }
            corpus.append(values, maxLength: configuration.maxLength)
            if let labels { corpus.labels.append(try labels.index(of: label, at: place)) }
        }
        try requireExamples(corpus, in: source.name)
        return (corpus, names)
    }

    /// Encodes single examples given as text, or as lines of numbers for numeric data.
    ///
    /// - Parameters:
    ///   - subject: Where they come from, for messages.
    ///   - notice: Told of tokens that are not in the vocabulary, and of empty texts.
    /// - Returns: One example per text, without labels; an empty text is the unknown token.
    public func encode(
        _ texts: [String], vocabulary: Vocabulary?, subject: String = "input", notice: (String) -> Void = { _ in }
    ) throws -> EncodedCorpus {
        if configuration.tokens == .values {
            var corpus = EncodedCorpus(featureWidth: 1)
            var values: [Float] = []
            for (index, text) in texts.enumerated() {
                let place = SourcePlace(file: subject, line: index + 1)
                _ = try LineSequences.parse(Array(text.utf8).span, labelled: false, at: place, values: &values)
                corpus.append(values, maxLength: configuration.maxLength)
            }
            return corpus
        }
        var encoder = TextEncoder(configuration, vocabulary: try require(vocabulary), emptyText: .unknown)
        encoder.unknown = UnknownTokens(configuration.tokens == .words ? "words" : "characters")
        for text in texts { _ = try encoder.append(Array(text.utf8).span) }
        encoder.unknown?.notes(subject, empty: "it is read as the unknown token").forEach(notice)
        return encoder.corpus
    }

    /// The lines of a text file, plain or gzip; `-` is standard input. Blank lines are lines.
    ///
    /// - Throws: `Diagnostic` when the file cannot be read, is empty, or is not UTF-8 (with the line).
    public static func lines(of path: String) throws -> [String] {
        var file = try TextFile(path: path)
        var lines: [String] = []
        while let line = try file.nextTextLine() { lines.append(file.bytes.span.extracting(line).text) }
        return lines
    }

    private func require(_ vocabulary: Vocabulary?) throws -> Vocabulary {
        guard let vocabulary else {
            throw Diagnostic(
                "data.tokens", "texts cannot be read without a vocabulary", expected: "values", category: .usage)
        }
        return vocabulary
    }

    func requireExamples(_ corpus: EncodedCorpus, in name: String) throws {
        guard corpus.count == 0 else { return }
        let rows = corpus.statistics.rows
        throw Diagnostic(
            name, rows == 0 ? "no example was found" : "all \(rows) texts are empty", expected: "at least one example",
            hint: rows == 0 ? "check data.format and data.header" : "check data.columns.text and data.standardize")
    }
}
