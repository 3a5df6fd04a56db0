import Configuration
import Diagnostics
import HDF5
import Kernels
import SequenceData

/// The pairs and the codecs of a translation.
struct TranslationData {
    let sourceCodec: SentenceCodec
    let targetCodec: SentenceCodec
    private(set) var training: SentencePairs?
    private(set) var validation: SentencePairs?
    /// The target texts of the validation data, pair by pair: what translations are compared with.
    private(set) var references: [String] = []

    /// Reads what a configuration names.
    ///
    /// - Parameters:
    ///   - artifacts: The codecs of a checkpoint, to go on with; nil: fitted on the training data.
    ///   - keepsData: Whether the cache may be written to.
    ///   - notice: Told what was read, and what the cache did.
    init(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact]?, keepsData: Bool, notice: (String) -> Void
    ) throws {
        let sources = configuration.data.sources { path in
            ParallelText.files(of: path).map { [$0.source, $0.target] } ?? [path]
        }
        let cache = EncodedCache(configuration, sources: sources, keeps: keepsData)
        self = try cache.data(
            notice: notice, load: { try Self(from: $0, configuration.data) }, store: { try $0.write(to: $1) }
        ) {
            try Self(reading: configuration)
        }
        if let artifacts {
            let stored = try TranslationData(configuration, artifacts: artifacts, data: nil)
            guard stored.sourceCodec == sourceCodec, stored.targetCodec == targetCodec else {
                throw Diagnostic(
                    configuration.data.train, "its vocabularies differ from those of the checkpoint",
                    expected: "the data the run began with",
                    hint: "restore the data, or begin a new run in another output folder")
            }
        }
        for (name, pairs) in [("training", self.training), ("validation", validation)] {
            guard let pairs else { continue }
            var line = "\(name): \(pairs.count.counted("pair")), \(pairs.source.steps) and \(pairs.target.steps) tokens"
            let unknown = pairs.source.unknownTokens + pairs.target.unknownTokens
            if unknown > 0 { line += ", \(unknown) of them unknown" }
            if pairs.skippedPairs > 0 { line += "; \(pairs.skippedPairs) longer than data.max_length left out" }
            notice(line)
        }
        notice("vocabularies of \(sourceCodec.vocabulary.count) and \(targetCodec.vocabulary.count)")
    }

    private init(reading configuration: RunConfiguration) throws {
        let data = configuration.data
        let stream = RandomStream(seed: configuration.seed, purpose: .heldOut)
        let (training, heldOut) = try Self.read(data.train, data).divided {
            !(data.holdsOut && stream.uniform(UInt64($0)) < data.validationFraction)
        }
        try data.requireHeldOut(heldOut?.count ?? 0, of: training.count, "pairs")
        guard training.count > 0 else {
            throw Diagnostic("data.validation_fraction", "all pairs are held out", expected: "some to train on")
        }
        let tokens = SentenceCodec.Tokens(data)
        func fit(_ texts: [TextLines]) throws -> SentenceCodec {
            try SentenceCodec.fit(texts, tokens, data.standardize, limits: data.vocabulary, subject: data.train)
        }
        sourceCodec = try fit(data.jointVocabulary ? [training.source, training.target] : [training.source])
        targetCodec = data.jointVocabulary ? sourceCodec : try fit([training.target])
        self.training = try pairs(training, data, data.train)
        if let text = try data.validation.map({ try Self.read($0, data) }) ?? heldOut {
            try validate(on: text, data, data.validation ?? data.train)
        }
    }

    /// The codecs of a checkpoint, and perhaps data to evaluate.
    init(_ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?) throws {
        let data = configuration.data
        func codec(_ side: String) throws -> SentenceCodec {
            try SentenceCodec(
                vocabulary: artifacts.texts("\(side)_vocabulary"), merges: artifacts.texts("\(side)_merges"),
                SentenceCodec.Tokens(data), data.standardize, subject: "checkpoint")
        }
        sourceCodec = try codec("source")
        targetCodec = try codec("target")
        if let path { try validate(on: Self.read(path, data), data, path) }
    }

    var artifacts: [TaskArtifact] {
        [("source", sourceCodec), ("target", targetCodec)].flatMap { side, codec in
            [
                TaskArtifact(name: "\(side)_merges", texts: codec.mergeTexts),
                TaskArtifact(name: "\(side)_vocabulary", texts: codec.vocabulary.strings),
            ]
        }
    }

    private func write(to file: HDF5File) throws {
        for (side, codec) in [("source", sourceCodec), ("target", targetCodec)] {
            try codec.vocabulary.write(to: file, "\(side)_vocabulary")
            try codec.mergeTexts.write(to: file, "\(side)_merges")
        }
        try training.write(to: file, "training")
        try validation.write(to: file, "validation")
        try references.write(to: file, "references")
    }

    private init(from file: HDF5File, _ data: DataConfiguration) throws {
        func codec(_ side: String) throws -> SentenceCodec {
            try SentenceCodec(
                vocabulary: Vocabulary(from: file, "\(side)_vocabulary").strings,
                merges: [String](from: file, "\(side)_merges"), SentenceCodec.Tokens(data), data.standardize,
                subject: file.subject)
        }
        sourceCodec = try codec("source")
        targetCodec = try codec("target")
        training = try SentencePairs?(from: file, "training")
        validation = try SentencePairs?(from: file, "validation")
        references = try [String](from: file, "references")
        for (name, pairs) in [("training", training), ("validation", validation)] {
            guard let pairs else { continue }
            try file.require(
                pairs.source.tokens.areNumbers(below: sourceCodec.vocabulary.count)
                    && pairs.target.tokens.areNumbers(below: targetCodec.vocabulary.count), name)
        }
        try file.require(references.count == validation?.count ?? 0, "references")
    }

    private static func read(_ path: String, _ data: DataConfiguration) throws -> ParallelText {
        try ParallelText(path, columns: (data.columns.source, data.columns.target), header: data.header)
    }

    private mutating func validate(on text: ParallelText, _ data: DataConfiguration, _ path: String) throws {
        let pairs = try pairs(text, data, path)
        let texts = text.target.texts
        references = pairs.lines.map { texts[$0] }
        validation = pairs
    }

    private func pairs(_ text: ParallelText, _ data: DataConfiguration, _ path: String) throws -> SentencePairs {
        let pairs = SentencePairs(text, sourceCodec, targetCodec, maxLength: data.maxLength)
        guard pairs.count > 0 else {
            throw Diagnostic(
                path, "all \(text.count) pairs are longer than data.max_length",
                expected: "some of at most \((data.maxLength ?? 0).counted("token"))")
        }
        return pairs
    }
}

extension [TaskArtifact] {
    /// The texts of an artifact that a checkpoint must have.
    func texts(_ name: String) throws -> [String] {
        guard let found = first(where: { $0.name == name }) else {
            throw Diagnostic("checkpoint", "'artifacts/\(name)' is missing", expected: "what the task reads text with")
        }
        return found.texts
    }
}
