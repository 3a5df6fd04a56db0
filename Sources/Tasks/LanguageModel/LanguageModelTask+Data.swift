import Configuration
import Diagnostics
import HDF5
import Kernels
import SequenceData

extension LanguageModelTask {
    public static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, keepsData: Bool,
        notice: (String) -> Void
    ) throws -> LanguageModelTask {
        let data = configuration.data
        let cache = EncodedCache(configuration, sources: data.sources { [$0] }, keeps: keepsData)
        let texts = try cache.data(notice: notice, load: { try Texts(from: $0) }, store: { try $0.write(to: $1) }) {
            try Texts(reading: configuration)
        }
        let (vocabulary, training, validation) = (texts.vocabulary, texts.training, texts.validation)
        if let artifacts, try Vocabulary(artifacts) != vocabulary {
            throw Diagnostic(
                data.train, "its vocabulary differs from that of the checkpoint",
                expected: "the data the run began with",
                hint: "restore the data, or begin a new run in another output folder")
        }
        var vectors: (values: [Float], width: Int)?
        if case .vectors(let path, _) = configuration.model.input {
            let read = try WordVectors.read(path, for: vocabulary)
            vectors = (read.initialRows(seed: configuration.seed), read.width)
            notice(
                "\(path): vectors of \(read.width) numbers for \(read.found) of \(read.words) words of the vocabulary")
        }
        let streams = configuration.training.batchSize
        if !data.lines, training.tokens.count <= streams {
            throw Diagnostic(
                data.train,
                "a text of \(training.tokens.count.counted("token")) is too short for \(streams) parallel streams",
                expected: "at least \(streams + 1) tokens", hint: "lower training.batch_size")
        }
        for (name, text) in [("training", training), ("validation", validation)] {
            guard let text else { continue }
            var line =
                "\(name): \(text.lines.counted("line")), \(text.tokens.count.counted("token")), "
                    + "\(text.unknownTokens) of them unknown"
            if text.cutLines > 0 { line += "; \(text.cutLines) cut at data.max_length" }
            notice(line)
        }
        notice("vocabulary of \(vocabulary.count)")
        return try LanguageModelTask(
            configuration, vocabulary, training: training, validation: validation, vectors: vectors, team: team)
    }

    public static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?,
        team: ThreadTeam
    ) throws -> LanguageModelTask {
        let vocabulary = try Vocabulary(artifacts)
        let vectors = try configuration.storedVectors(width: vectorWidth, words: vocabulary.count)
        let text = try path.map { try RunningText.read($0, configuration.data, vocabulary: vocabulary) }
        return try LanguageModelTask(
            configuration, vocabulary, training: nil, validation: text, vectors: vectors, team: team)
    }
}

/// What a language model is trained on.
private struct Texts {
    let vocabulary: Vocabulary
    let training: RunningText
    let validation: RunningText?

    init(reading configuration: RunConfiguration) throws {
        let data = configuration.data
        let heldOut = data.holdsOut ? data.validationFraction : 0
        let stream = RandomStream(seed: configuration.seed, purpose: .heldOut)
        let read = try RunningText.readTraining(data, heldOut: heldOut) { stream.uniform(UInt64($0)) < heldOut }
        try data.requireHeldOut(read.heldOut?.lines ?? 0, of: read.training.lines, "lines")
        vocabulary = read.vocabulary
        training = read.training
        validation =
            try data.validation.map { try RunningText.read($0, data, vocabulary: read.vocabulary) } ?? read.heldOut
    }

    init(from file: HDF5File) throws {
        vocabulary = try Vocabulary(from: file, "vocabulary")
        training = try RunningText(from: file, "training")
        validation = try RunningText?(from: file, "validation")
        for (name, text) in [("training", training), ("validation", validation)] {
            try file.require(text?.tokens.areNumbers(below: vocabulary.count) ?? true, name)
        }
    }

    func write(to file: HDF5File) throws {
        try vocabulary.write(to: file, "vocabulary")
        try training.write(to: file, "training")
        try validation.write(to: file, "validation")
    }
}

extension Vocabulary {
    /// The vocabulary of a checkpoint.
    init(_ artifacts: [TaskArtifact]) throws {
        guard let found = artifacts.first(where: { $0.name == "vocabulary" }) else {
            throw Diagnostic("checkpoint", "'artifacts/vocabulary' is missing", expected: "the vocabulary of its texts")
        }
        try self.init(strings: found.texts)
    }
}
