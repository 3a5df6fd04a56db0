import Diagnostics
import SequenceData

extension CorpusReader {
    /// The numeric sequences that a request is about, and what each is called.
    ///
    /// - Parameters:
    ///   - width: Values of a time step in training.
    ///   - labels: Those of a classification.
    /// - Throws: `Diagnostic` where the sequences are of another width or cannot be read, and where every line of a file
    ///   begins with a label of the model: as a value it would make all predictions wrong without a word.
    func sequences(
        _ request: PredictionRequest, width: Int, labels: [String]
    ) throws -> (names: [String], corpus: EncodedCorpus) {
        let (corpus, names) = try request.file.map {
            try readUnlabelled($0, vocabulary: nil, skippingLabels: request.isLabelled ?? false)
        }
            ?? (sequences(lines: request.texts, width: width, source: request.source), [])
        guard corpus.featureWidth == width else {
            throw Diagnostic(
                request.source, "its time steps have \(corpus.featureWidth.counted("value"))",
                expected: "\(width) as in training", category: .usage)
        }
        let numbers = labels.compactMap(Float.init)
        if request.file != nil, width == 1, names.isEmpty, request.isLabelled == nil,
            (0..<corpus.count).allSatisfy({ numbers.contains(corpus.features[corpus.offsets[$0]]) }) {
            throw Diagnostic(
                request.source, "every line begins with a label of the model, such as \(labels[0])",
                expected: "values alone", hint: "say --labelled if those are labels, --no-labelled if they are values", category: .usage)
        }
        return (names.count == corpus.count ? names : (0..<corpus.count).map { "sequence \($0 + 1)" }, corpus)
    }

    /// Sequences of one value a time step, each given as a line.
    func sequences(lines: [String], width: Int, source: String) throws -> EncodedCorpus {
        guard width == 1 else {
            throw Diagnostic(
                source, "a line holds one value a time step", expected: "\(width) as in training",
                hint: "predict such sequences with --input FILE in the format of the training data", category: .usage)
        }
        return try encode(lines, vocabulary: nil, subject: source)
    }
}
