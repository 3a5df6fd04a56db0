import Configuration
import Diagnostics
import Kernels
import RecurrentNetworks
import SequenceData

/// A tag for every word of a sentence; or, where words are hidden, the words themselves.
public final class TaggingTask: ExampleTask {
    public static let name = "tag"
    public static let metricNames = ["loss_nats", "accuracy", "f1"]
    public let configuration: RunConfiguration
    public let parameters: Parameters<Float>
    public let validationPlan: EpochPlan?
    let vocabulary: TaggingVocabulary
    let network: TaggerNetwork<Float>
    private let training: TaggedCorpus?
    private let validation: TaggedCorpus?
    /// Tags or words there are to choose from.
    let classes: Int
    /// Tags of the model and behind them those only the validation data has.
    let finder: SpanFinder

    init(_ configuration: RunConfiguration, _ data: TaggingData, team: ThreadTeam) throws {
        guard case .embedding(let width) = configuration.model.input else {
            throw Diagnostic(
                "model.input", "a tagging reads embedded words", expected: "{embedding: SIZE}", category: .usage)
        }
        self.configuration = configuration
        vocabulary = data.vocabulary
        training = data.training
        validation = data.validation
        validationPlan = data.validation.map { EpochPlan(validating: $0.lengths, configuration) }
        classes = data.vocabulary.tags?.count ?? data.vocabulary.words.count
        finder = SpanFinder(tags: (data.vocabulary.tags?.names ?? []) + (data.validation?.unknownTags ?? []))
        network = TaggerNetwork(
            configuration.model, configuration.tagging, embedding: width,
            // Behind the words stands the one that takes the place of a hidden one.
            words: data.vocabulary.words.count + (configuration.tagging.hiddenWords == nil ? 0 : 1),
            characters: data.vocabulary.characters.count, classes: classes,
            penalties: configuration.training.activationPenalties, team: team)
        try network.layout.check(configuration)
        parameters = Parameters(network.layout)
    }

    public static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, keepsData: Bool,
        notice: (String) -> Void
    ) throws -> TaggingTask {
        let data = try TaggingData(configuration, artifacts: artifacts, keepsData: keepsData, notice: notice)
        for line in data.summary { notice(line) }
        return try TaggingTask(configuration, data, team: team)
    }

    public static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?,
        team: ThreadTeam
    ) throws -> TaggingTask {
        try TaggingTask(configuration, try TaggingData(configuration, artifacts: artifacts, data: path), team: team)
    }

    public var layers: [LayerDescription] { network.layers }

    public var artifacts: [TaskArtifact] { vocabulary.artifacts }

    public var validationRemarks: [DataRemark] {
        guard let validation else { return [] }
        let unknown = DataRemark.unknown(validation.unknownWords, of: validation.words.count)
        // Of a part held out nobody knows how many sentences of it were cut.
        guard training == nil else { return [unknown] }
        return [
            unknown,
            DataRemark(
                "cut_sentences", validation.cutSentences, "cut at data.max_length", of: validation.count, "sentences"),
        ]
    }

    public func lengths(ofValidation: Bool) -> [Int32]? { (ofValidation ? validation : training)?.lengths }

    public func withFingerprintBytes(ofValidation: Bool, _ body: (UnsafeRawBufferPointer) -> Void) {
        (ofValidation ? validation : training)?.withFingerprintBytes(body)
    }

    public func batch(
        ofValidation: Bool, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> TaggingBatch<Float> {
        batch(
            (ofValidation ? validation : training).orNoExamples(), plan, step: step, shards: shards, subtrees: subtrees,
            hiding: ofValidation ? hiding(stream: 2, draw: 0) : hiding(stream: 1, draw: plan.epoch),
            forgetting: ofValidation ? nil : forgetting(plan.epoch))
    }

    func batch(
        _ corpus: TaggedCorpus, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees,
        hiding: Hiding?, forgetting: Hiding?
    ) -> TaggingBatch<Float> {
        let (sentences, shardOf) = plan.examples(step: step, shards: shards)
        return TaggingBatch(
            corpus, sentences, shards: shardOf, subtrees: subtrees, context: configuration.tagging.context,
            isSpelled: configuration.tagging.characters != nil, hiding: hiding, forgetting: forgetting)
    }

    /// Training hides other words in each epoch, a validation always the same.
    private func hiding(stream: UInt64, draw: Int) -> Hiding? {
        configuration.tagging.hiddenWords.map {
            Hiding(
                word: hiddenWord, share: $0, RandomStream(seed: configuration.seed, purpose: .sampling, index: stream),
                draw: draw, atLeastOne: true)
        }
    }

    /// Training reads some words as unknown, others in each epoch, so that context and spelling must do.
    private func forgetting(_ epoch: Int) -> Hiding? {
        let share = configuration.tagging.wordDropout
        if share == 0 { return nil }
        return Hiding(
            word: Vocabulary.unknown, share: share,
            RandomStream(seed: configuration.seed, purpose: .sampling, index: 3), draw: epoch, atLeastOne: false)
    }

    var hiddenWord: Int32 { Int32(vocabulary.words.count) }

    public func rowsRead(_ batch: TaggingBatch<Float>) -> [[Int32]] {
        let words = batch.input.windows.flatMap { Array($0.elements) }.sortedOnce
        return [words] + (batch.input.spelling?.tokens.map { [Array($0.elements).sortedOnce] } ?? [])
    }

    public func parametersChanged() { network.pack(parameters) }

    public func gradients(_ batch: TaggingBatch<Float>, optimizerStep: Int, into gradients: Gradients<Float>)
        -> ShardTotals
    {
        let pass = trainingPass(optimizerStep)
        let scores = network.forward(batch.input, chosen: batch.chosen, pass, parameters)
        let (totals, d) = judge(scores, batch, into: gradients)
        network.backward(
            d, index: batch.index, leaves: batch.leaves, batch.input, chosen: batch.chosen, pass, into: gradients)
        return totals
    }

    public func evaluate(_ batch: TaggingBatch<Float>) -> ShardTotals {
        judge(network.forward(batch.input, chosen: batch.chosen, .evaluation, parameters), batch, into: nil).totals
    }

    /// Sums: loss, tokens it is made of. Counts: sentences, tokens, then those of a `SpanScore`.
    public var totalsShape: (sums: Int, counts: Int) { (2, 2 + SpanScore().counts.count) }

    /// Spans of each type are told apart, too.
    public var evaluationCounts: Int { 2 + SpanScore(types: types).counts.count }

    /// Types of spans.
    var types: Int { configuration.tagging.scheme == nil ? 0 : finder.typeNames.count }

    public func metrics(_ totals: Totals) -> TaskMetrics {
        let score = SpanScore(counts: totals.counts[2...])
        var values = [
            TaskMetrics.Metric(name: "loss_nats", value: totals.sums[1] == 0 ? 0 : totals.sums[0] / totals.sums[1]),
            TaskMetrics.Metric(name: "accuracy", value: score.accuracy),
        ]
        if configuration.tagging.scheme != nil { values.append(TaskMetrics.Metric(name: "f1", value: score.f1)) }
        var metrics = TaskMetrics(values: values)
        if !score.types.isEmpty {
            let ordered = zip(finder.typeNames, score.types).sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            metrics.spans = TaskMetrics.SpanTypes(all: score, names: ordered.map(\.0), scores: ordered.map(\.1))
        }
        return metrics
    }
}
