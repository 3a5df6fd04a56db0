import Configuration
import Diagnostics
import HDF5
import Kernels
import SequenceData

/// The sentences and vocabularies of a tagging.
struct TaggingData {
    let vocabulary: TaggingVocabulary
    let training: TaggedCorpus?
    let validation: TaggedCorpus?
    private let readsCharacters: Bool

    /// Reads what a configuration names.
    ///
    /// - Parameters:
    ///   - artifacts: The vocabularies of a checkpoint, to go on with; nil: fitted on the training data.
    ///   - keepsData: Whether the cache may be written to.
    ///   - notice: Told what the cache did.
    init(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact]?, keepsData: Bool, notice: (String) -> Void
    ) throws {
        let sources = configuration.data.sources(TaggedReader(configuration).files)
        let cache = EncodedCache(configuration, sources: sources, keeps: keepsData)
        self = try cache.data(
            notice: notice, load: { try Self(from: $0, configuration) }, store: { try $0.write(to: $1) }
        ) {
            try Self(reading: configuration)
        }
        if let artifacts, try TaggingVocabulary(artifacts) != vocabulary {
            throw Diagnostic(
                configuration.data.train, "its words, characters or tags differ from those of the checkpoint",
                expected: "the data the run began with",
                hint: "restore the data, or begin a new run in another output folder")
        }
    }

    private init(reading configuration: RunConfiguration) throws {
        let data = configuration.data
        readsCharacters = configuration.tagging.characters != nil
        let reader = TaggedReader(configuration)
        let stream = RandomStream(seed: configuration.seed, purpose: .heldOut)
        let read = try reader.readTraining { data.holdsOut && stream.uniform(UInt64($0)) < data.validationFraction }
        try data.requireHeldOut(read.heldOut?.count ?? 0, of: read.training.count, "sentences")
        vocabulary = read.vocabulary
        training = read.training
        validation = try data.validation.map { try reader.read($0, read.vocabulary) } ?? read.heldOut
    }

    /// The vocabularies of a checkpoint, and perhaps data to evaluate.
    init(_ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?) throws {
        let vocabulary = try TaggingVocabulary(artifacts)
        self.vocabulary = vocabulary
        readsCharacters = configuration.tagging.characters != nil
        training = nil
        validation = try path.map { try TaggedReader(configuration).read($0, vocabulary) }
    }

    /// What was read, for the log.
    var summary: [String] {
        var lines: [String] = []
        for (name, corpus) in [("training", training), ("validation", validation)] {
            guard let corpus else { continue }
            var line = "\(name): \(corpus.count.counted("sentence")), \(corpus.words.count.counted("token")), "
                + "\(corpus.unknownWords) of them unknown"
            if corpus.cutSentences > 0 { line += "; \(corpus.cutSentences) cut at data.max_length" }
            if !corpus.unknownTags.isEmpty {
                line += "; tags that training has not (they count as errors, without a loss): "
                    + corpus.unknownTags.prefix(10).joined(separator: ", ")
            }
            lines.append(line)
        }
        lines.append(
            "\(vocabulary.tags.map { "\($0.count) tags, " } ?? "")vocabulary of "
                + "\(vocabulary.words.count.counted("word"))"
                + (readsCharacters ? ", \(vocabulary.characters.count.counted("character"))" : ""))
        return lines
    }
}

extension TaggingData {
    fileprivate func write(to file: HDF5File) throws {
        try vocabulary.words.write(to: file, "words")
        try vocabulary.characters.write(to: file, "characters")
        try vocabulary.tags.write(to: file, "tags")
        try training.write(to: file, "training")
        try validation.write(to: file, "validation")
    }

    fileprivate init(from file: HDF5File, _ configuration: RunConfiguration) throws {
        readsCharacters = configuration.tagging.characters != nil
        vocabulary = TaggingVocabulary(
            words: try Vocabulary(from: file, "words"), characters: try Vocabulary(from: file, "characters"),
            tags: try LabelSet?(from: file, "tags"))
        training = try TaggedCorpus?(from: file, "training")
        validation = try TaggedCorpus?(from: file, "validation")
        for (name, corpus) in [("training", training), ("validation", validation)] {
            guard let corpus else { continue }
            try file.require(
                corpus.words.areNumbers(below: vocabulary.words.count)
                    && corpus.characters.areNumbers(below: vocabulary.characters.count)
                    && corpus.tags.areNumbers(below: (vocabulary.tags?.count ?? 0) + corpus.unknownTags.count), name)
        }
    }
}

extension TaggingVocabulary {
    init(_ artifacts: [TaskArtifact]) throws {
        func texts(_ name: String) throws -> [String] {
            guard let found = artifacts.first(where: { $0.name == name }) else {
                throw Diagnostic("checkpoint", "'artifacts/\(name)' is missing", expected: "the \(name) of a tagging")
            }
            return found.texts
        }
        let tags = try texts("tags")
        self.init(
            words: try Vocabulary(strings: try texts("vocabulary")),
            characters: try Vocabulary(strings: try texts("characters")),
            tags: tags.isEmpty ? nil : try LabelSet(names: tags))
    }

    var artifacts: [TaskArtifact] {
        [
            TaskArtifact(name: "tags", texts: tags?.names ?? []),
            TaskArtifact(name: "vocabulary", texts: words.strings),
            TaskArtifact(name: "characters", texts: characters.strings),
        ]
    }
}
