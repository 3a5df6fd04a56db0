import Configuration
import Diagnostics
import HDF5
import Kernels
import RecurrentNetworks
import SequenceData

/// The examples, vocabulary and labels of a classification.
public struct ClassificationData: Sendable {
    /// Nil for numeric data.
    public let vocabulary: Vocabulary?
    public let labels: LabelSet
    /// Features of a time step; 0 for text.
    public let featureWidth: Int
    public let training: EncodedCorpus?
    public let validation: EncodedCorpus?

    /// Reads what a configuration names.
    ///
    /// - Parameters:
    ///   - artifacts: The vocabulary and labels of a checkpoint, to go on with; nil: fitted on the training data.
    ///   - keepsData: Whether the cache may be written to.
    ///   - notice: Told what the cache did.
    public init(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact]? = nil, keepsData: Bool = false,
        notice: (String) -> Void = { _ in }
    ) throws {
        let cache = EncodedCache(configuration, sources: configuration.data.sources { [$0] }, keeps: keepsData)
        self = try cache.data(notice: notice, load: { try Self(from: $0) }, store: { try $0.write(to: $1) }) {
            try Self(reading: configuration)
        }
        if let artifacts {
            let stored = try ClassificationData(configuration, artifacts: artifacts, data: nil)
            guard stored.vocabulary == vocabulary, stored.labels == labels, stored.featureWidth == featureWidth else {
                throw Diagnostic(
                    configuration.data.train, "its vocabulary or labels differ from those of the checkpoint",
                    expected: "the data the run began with",
                    hint: "restore the data, or begin a new run in another output folder")
            }
        }
    }

    private init(reading configuration: RunConfiguration) throws {
        let data = configuration.data
        let reader = CorpusReader(data)
        let stream = RandomStream(seed: configuration.seed, purpose: .heldOut)
        let read = try reader.readTraining { data.holdsOut && stream.uniform(UInt64($0)) < data.validationFraction }
        try data.requireHeldOut(read.heldOut?.count ?? 0, of: read.training.count, "examples")
        vocabulary = read.vocabulary
        labels = read.labels
        training = read.training
        featureWidth = read.training.featureWidth
        validation =
            try data.validation.map { try reader.read($0, vocabulary: read.vocabulary, labels: read.labels) }
            ?? read.heldOut
        if let validation, validation.featureWidth != featureWidth {
            throw Diagnostic(
                data.validation ?? data.train, "its time steps have \(validation.featureWidth.counted("value"))",
                expected: "\(featureWidth) as in \(data.train)")
        }
    }

    /// Texts that are in memory, to train on.
    package init(_ training: EncodedCorpus, vocabulary: Vocabulary, labels: LabelSet) {
        (self.training, self.vocabulary, self.labels) = (training, vocabulary, labels)
        featureWidth = 0
        validation = nil
    }

    /// The vocabulary and labels of a checkpoint, and perhaps data to evaluate.
    public init(_ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?) throws {
        func texts(_ name: String) throws -> [String] {
            guard let found = artifacts.first(where: { $0.name == name }) else {
                throw Diagnostic(
                    "checkpoint", "'artifacts/\(name)' is missing", expected: "the \(name) of a classification")
            }
            return found.texts
        }
        let words = try texts("vocabulary")
        vocabulary = words.isEmpty ? nil : try Vocabulary(strings: words)
        labels = try LabelSet(names: try texts("labels"))
        featureWidth = try TaskArtifact.featureWidth(texts("feature_width"))
        training = nil
        let vocabulary = vocabulary, labels = labels
        validation = try path.map {
            try CorpusReader(configuration.data).read($0, vocabulary: vocabulary, labels: labels)
        }
        if let validation, validation.featureWidth != featureWidth {
            throw Diagnostic(
                path ?? "data", "its time steps have \(validation.featureWidth.counted("value"))",
                expected: "\(featureWidth) as in training")
        }
    }
}

extension ClassificationTask {
    /// The task with freshly read data.
    ///
    /// - Parameter notice: Told what a user should know, such as how much of the vocabulary pretrained vectors cover.
    public static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, keepsData: Bool,
        notice: (String) -> Void
    ) throws -> ClassificationTask {
        let data = try ClassificationData(
            configuration, artifacts: artifacts, keepsData: keepsData, notice: notice)
        if let listed = configuration.unknownClassWeight(data.labels) {
            throw Diagnostic(
                "training.class_weights", "'\(listed)' is not a label of the data",
                expected: "one of \(data.labels.names.joined(separator: ", "))", category: .usage)
        }
        var vectors: (values: [Float], width: Int)?
        if case .vectors(let path, _) = configuration.model.input, let vocabulary = data.vocabulary {
            let read = try WordVectors.read(path, for: vocabulary)
            vectors = (read.initialRows(seed: configuration.seed), read.width)
            notice(
                "\(path): vectors of \(read.width) numbers for \(read.found) of \(read.words) words of the vocabulary")
        }
        for line in data.summary(emptyText: configuration.data.emptyText) { notice(line) }
        return try ClassificationTask(configuration, data, vectors: vectors, team: team)
    }

    /// The task of a checkpoint, with data to evaluate or none.
    ///
    /// - Parameter vectorWidth: Numbers of a stored pretrained vector.
    public static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?,
        team: ThreadTeam
    ) throws -> ClassificationTask {
        let data = try ClassificationData(configuration, artifacts: artifacts, data: path)
        let vectors = try configuration.storedVectors(width: vectorWidth, words: data.vocabulary?.count ?? 0)
        return try ClassificationTask(configuration, data, vectors: vectors, team: team)
    }
}

extension ClassificationData {
    /// What was read, for the log.
    func summary(emptyText: DataConfiguration.EmptyText) -> [String] {
        var lines: [String] = []
        for (name, corpus) in [("training", training), ("validation", validation)] {
            guard let corpus else { continue }
            let read = corpus.statistics
            var line =
                "\(name): \(corpus.count.counted("sequence")), "
                    + "\(corpus.steps.counted(corpus.featureWidth == 0 ? "token" : "time step"))"
            if corpus.featureWidth == 0 { line += ", \(corpus.unknownTokens) of them unknown" }
            if read.emptyTexts > 0 {
                line +=
                    "; \(read.emptyTexts) without tokens, "
                        + "\(emptyText == .skip ? "skipped" : "read as the unknown token")"
            }
            if read.blankLines > 0 { line += "; \(read.blankLines.counted("blank line")) ignored" }
            if read.cutSequences > 0 { line += "; \(read.cutSequences) cut at data.max_length" }
            lines.append(line)
        }
        if let label = training?.statistics.loneFirstLabel {
            lines.append(
                "warning: the first row looks like titles, since no other has its label '\(label)': set data.header")
        }
        lines.append(
            "\(labels.count) classes"
                + (vocabulary.map { ", vocabulary of \($0.count)" } ?? ", \(featureWidth.counted("value")) a time step")
        )
        return lines
    }
}

extension ClassificationData {
    fileprivate func write(to file: HDF5File) throws {
        try vocabulary.write(to: file, "vocabulary")
        try labels.write(to: file, "labels")
        try featureWidth.write(to: file, "feature_width")
        try training.write(to: file, "training")
        try validation.write(to: file, "validation")
    }

    fileprivate init(from file: HDF5File) throws {
        vocabulary = try Vocabulary?(from: file, "vocabulary")
        labels = try LabelSet(from: file, "labels")
        featureWidth = try Int(from: file, "feature_width")
        training = try EncodedCorpus?(from: file, "training")
        validation = try EncodedCorpus?(from: file, "validation")
        for (name, corpus) in [("training", training), ("validation", validation)] {
            guard let corpus else { continue }
            try file.require(
                corpus.tokens.areNumbers(below: vocabulary?.count ?? 0)
                    && corpus.labels.areNumbers(below: labels.count) && corpus.featureWidth == featureWidth, name)
        }
    }
}

extension WordVectors {
    /// Rows of the embedding: found vectors as they are, others from a normal distribution with the deviation
    /// of the found ones; padding is zeros.
    func initialRows(seed: UInt64) -> [Float] {
        var values = rows
        var square = 0.0, count = 0
        for (word, found) in isFound.enumerated() where found {
            for value in rows[word * width..<(word + 1) * width] { square += Double(value) * Double(value) }
            count += width
        }
        let deviation = count == 0 ? 1 : (square / Double(count)).squareRoot()
        let stream = RandomStream(seed: seed, purpose: .initialization, index: 1)
        for (word, found) in isFound.enumerated() where !found && word != 0 {
            for i in word * width..<(word + 1) * width { values[i] = Float(deviation * stream.normal(UInt64(i))) }
        }
        return values
    }
}

extension RunConfiguration {
    /// A label that has a weight and does not exist.
    func unknownClassWeight(_ labels: LabelSet) -> String? {
        guard case .listed(let weights) = training.classWeights else { return nil }
        return weights.entries.map(\.label).first { labels.index(of: $0) == nil }
    }
}
