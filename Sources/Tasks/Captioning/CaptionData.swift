import Configuration
import Diagnostics
import HDF5
import Kernels
import SequenceData

/// The texts, the numbers they belong to, and the codec of a captioning.
struct CaptionData {
    let codec: SentenceCodec
    /// Nil: texts belong to numbers of the user's own.
    let labels: LabelSet?
    let featureWidth: Int
    private(set) var training: Captions?
    private(set) var validation: Captions?

    /// Reads what a configuration names.
    ///
    /// - Parameter artifacts: The codec and labels of a checkpoint, to go on with; nil: fitted on the training data.
    init(_ configuration: RunConfiguration, artifacts: [TaskArtifact]?, notice: (String) -> Void) throws {
        let data = configuration.data
        let stream = RandomStream(seed: configuration.seed, purpose: .heldOut)
        let features = data.features ?? (ForeignFile.isNamed(data.train) ? data.train : nil)
        let all = try features.map { try CaptionText(data.train, features: $0, data, width: nil) }
            ?? CaptionText(labelled: data.train, data, labels: nil)
        let (training, heldOut) = all.divided {
            !(data.holdsOut && stream.uniform(UInt64(all.unit(of: $0))) < data.validationFraction)
        }
        try data.requireHeldOut(heldOut?.count ?? 0, of: training.count, "texts")
        guard training.count > 0 else {
            throw Diagnostic("data.validation_fraction", "all texts are held out", expected: "some to train on")
        }
        codec = try SentenceCodec.fit(
            [training.texts], SentenceCodec.Tokens(data), data.standardize, limits: data.vocabulary, subject: data.train
        )
        labels = training.labels
        featureWidth = training.features.width
        if let artifacts {
            let stored = try CaptionData(configuration, artifacts: artifacts, data: nil)
            guard stored.codec == codec, stored.labels == labels, stored.featureWidth == featureWidth else {
                throw Diagnostic(
                    data.train, "its vocabulary or labels differ from those of the checkpoint",
                    expected: "the data the run began with",
                    hint: "restore the data, or begin a new run in another output folder")
            }
        }
        self.training = try captions(training, data, data.train)
        if let validation = data.validation {
            self.validation = try captions(read(validation, data), data, validation)
        } else if let heldOut {
            validation = try captions(heldOut, data, data.train)
        }
        for (name, captions) in [("training", self.training), ("validation", validation)] {
            guard let captions else { continue }
            var line = "\(name): \(captions.count.counted("text")), \(captions.texts.steps.counted("token"))"
            if captions.texts.unknownTokens > 0 { line += ", \(captions.texts.unknownTokens) of them unknown" }
            if captions.skippedTexts > 0 { line += "; \(captions.skippedTexts) longer than data.max_length left out" }
            notice(line)
        }
        notice(
            "vocabulary of \(codec.vocabulary.count), "
                + (labels.map { "\($0.count) labels" } ?? featureWidth.counted("number") + " a text"))
    }

    /// The codec and labels of a checkpoint, and perhaps data to evaluate.
    init(_ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?) throws {
        let data = configuration.data
        codec = try SentenceCodec(
            vocabulary: artifacts.texts("vocabulary"), merges: artifacts.texts("merges"), SentenceCodec.Tokens(data),
            data.standardize,
            subject: "checkpoint")
        let names = try artifacts.texts("labels")
        labels = names.isEmpty ? nil : try LabelSet(names: names)
        featureWidth = try TaskArtifact.featureWidth(artifacts.texts("feature_width"))
        if let path { validation = try captions(read(path, data), data, path) }
    }

    var artifacts: [TaskArtifact] {
        [
            TaskArtifact(name: "feature_width", texts: ["\(featureWidth)"]),
            TaskArtifact(name: "labels", texts: labels?.names ?? []),
            TaskArtifact(name: "merges", texts: codec.mergeTexts),
            TaskArtifact(name: "vocabulary", texts: codec.vocabulary.strings),
        ]
    }

    /// Further texts: those of labels, or those of `data.validation_features`.
    private func read(_ path: String, _ data: DataConfiguration) throws -> CaptionText {
        if let labels { return try CaptionText(labelled: path, data, labels: labels) }
        guard let features = data.validationFeatures ?? (ForeignFile.isNamed(path) ? path : nil) else {
            throw Diagnostic(
                path, "has no numbers beside it", expected: "a run with data.validation_features", category: .usage)
        }
        return try CaptionText(path, features: features, data, width: featureWidth)
    }

    private func captions(_ text: CaptionText, _ data: DataConfiguration, _ path: String) throws -> Captions {
        let captions = Captions(text, codec, maxLength: data.maxLength)
        guard captions.count > 0 else {
            throw Diagnostic(
                path, "all \(text.count) texts are longer than data.max_length",
                expected: "some of at most \((data.maxLength ?? 0).counted("token"))")
        }
        return captions
    }
}
