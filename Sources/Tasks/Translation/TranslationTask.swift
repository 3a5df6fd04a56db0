import Configuration
import Kernels
import RecurrentNetworks
import SequenceData

/// Translation: a sequence of tokens from another one, of whatever length.
public final class TranslationTask: ExampleTask {
    public static let name = "translate"
    public static let metricNames = ["loss_nats", "perplexity", "accuracy", "bleu"]
    public let configuration: RunConfiguration
    public let parameters: Parameters<Float>
    public let validationPlan: EpochPlan?
    let network: TranslationNetwork<Float>
    let data: TranslationData
    /// How evaluations translate; validations of a training do it greedily.
    package var evaluationBeam = BeamSearch(width: 1, lengthPenalty: 0)
    /// Whether validations translate.
    private let scoresTranslations: Bool

    private init(
        _ configuration: RunConfiguration, _ data: TranslationData, scoresTranslations: Bool, team: ThreadTeam
    ) throws {
        self.configuration = configuration
        self.data = data
        self.scoresTranslations = scoresTranslations
        validationPlan = data.validation.map { EpochPlan(validating: $0.lengths, configuration, sequencesPerShard: 4) }
        network = TranslationNetwork(
            configuration.model, sourceTokens: data.sourceCodec.vocabulary.count,
            targetTokens: data.targetCodec.vocabulary.count,
            penalties: configuration.training.activationPenalties, team: team)
        try network.layout.check(configuration)
        parameters = Parameters(network.layout)
    }

    public static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, keepsData: Bool,
        notice: (String) -> Void
    ) throws -> TranslationTask {
        try TranslationTask(
            configuration,
            try TranslationData(configuration, artifacts: artifacts, keepsData: keepsData, notice: notice),
            scoresTranslations: configuration.training.bleu, team: team)
    }

    public static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?,
        team: ThreadTeam
    ) throws -> TranslationTask {
        try TranslationTask(
            configuration, try TranslationData(configuration, artifacts: artifacts, data: path),
            scoresTranslations: true, team: team)
    }

    public var layers: [LayerDescription] { network.layers }

    public var artifacts: [TaskArtifact] { data.artifacts }

    public var validationRemarks: [DataRemark] {
        guard let pairs = data.validation else { return [] }
        return [
            .unknown(
                pairs.source.unknownTokens + pairs.target.unknownTokens, of: pairs.source.steps + pairs.target.steps),
            DataRemark(
                "left_out_pairs", pairs.skippedPairs, "longer than data.max_length and left out",
                of: pairs.count + pairs.skippedPairs, "pairs"),
        ]
    }

    public func lengths(ofValidation: Bool) -> [Int32]? { (ofValidation ? data.validation : data.training)?.lengths }

    public func withFingerprintBytes(ofValidation: Bool, _ body: (UnsafeRawBufferPointer) -> Void) {
        guard let pairs = ofValidation ? data.validation : data.training else { return }
        pairs.source.withFingerprintBytes(body)
        pairs.target.withFingerprintBytes(body)
    }

    public func batch(
        ofValidation: Bool, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> PairBatch {
        let pairs = (ofValidation ? data.validation : data.training).orNoExamples()
        return PairBatch(pairs, plan, step: step, shards: shards, subtrees: subtrees)
    }

    public func rowsRead(_ batch: PairBatch) -> [[Int32]] {
        let source = (batch.source.tokens.map { Array($0.elements) } ?? []).sortedOnce,
            target = Array(batch.target.inputs.elements).sortedOnce
        return parameters.layout.tables.map { $0.name.hasPrefix("encoder/") ? source : target }
    }

    public func parametersChanged() { network.pack(parameters) }

    public func gradients(_ batch: PairBatch, optimizerStep: Int, into gradients: Gradients<Float>) -> ShardTotals {
        let pass = trainingPass(optimizerStep)
        let logits = network.forward(batch, pass, parameters)
        var totals = batch.target.loss(logits, smoothing: configuration.training.labelSmoothing, tokens: batch.tokens)
        network.backward(logits, batch, pass, parameters, into: gradients)
        totals.counts += BLEU().counts
        return totals
    }

    public func evaluate(_ batch: PairBatch) -> ShardTotals {
        var totals = batch.target.loss(
            network.forward(batch, .evaluation, parameters), smoothing: 0, tokens: batch.tokens)
        var bleu = BLEU()
        if scoresTranslations {
            let source = batch.source
            let found = translate(source, beam: evaluationBeam, maximumLength: PredictionRequest().maximumLength)
            for (sequence, hypotheses) in found.enumerated() {
                bleu.add(
                    data.targetCodec.text(of: hypotheses.first?.tokens ?? []),
                    reference: data.references[Int(source.examples[sequence])],
                    lowerCase: configuration.data.standardize.lowerCase ?? false)
            }
        }
        totals.counts += bleu.counts
        return totals
    }

    /// Sums: loss, target tokens. Counts: pairs, tokens of both sides, target tokens, those predicted, BLEU's.
    public var totalsShape: (sums: Int, counts: Int) { (2, 4 + BLEU.countOfCounts) }

    public func metrics(_ totals: Totals) -> TaskMetrics {
        var metrics = TaskMetrics(tokenTotals: totals)
        let bleu = BLEU(counts: totals.counts[4...])
        if bleu.referenceLength > 0 { metrics.values.append(.init(name: "bleu", value: bleu.score)) }
        return metrics
    }
}
