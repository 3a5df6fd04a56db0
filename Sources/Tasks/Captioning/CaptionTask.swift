import Configuration
import Diagnostics
import Kernels
import RecurrentNetworks
import SequenceData

/// Captioning: a sequence of tokens from a label, or from numbers such as the features of a picture.
public final class CaptionTask: ExampleTask {
    public static let name = "caption"
    public static let metricNames = ["loss_nats", "perplexity", "accuracy"]
    public let configuration: RunConfiguration
    public let parameters: Parameters<Float>
    public let validationPlan: EpochPlan?
    let network: CaptionNetwork<Float>
    let data: CaptionData

    private init(_ configuration: RunConfiguration, _ data: CaptionData, team: ThreadTeam) throws {
        self.configuration = configuration
        self.data = data
        validationPlan = data.validation.map {
            EpochPlan(validating: $0.texts.lengths, configuration, sequencesPerShard: 4)
        }
        network = CaptionNetwork(
            configuration.model, featureWidth: data.featureWidth, tokens: data.codec.vocabulary.count,
            penalties: configuration.training.activationPenalties, team: team)
        try network.layout.check(configuration)
        parameters = Parameters(network.layout)
    }

    public static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, keepsData: Bool,
        notice: (String) -> Void
    ) throws -> CaptionTask {
        try CaptionTask(configuration, try CaptionData(configuration, artifacts: artifacts, notice: notice), team: team)
    }

    public static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?,
        team: ThreadTeam
    ) throws -> CaptionTask {
        try CaptionTask(configuration, try CaptionData(configuration, artifacts: artifacts, data: path), team: team)
    }

    public var layers: [LayerDescription] { network.layers }

    public var artifacts: [TaskArtifact] { data.artifacts }

    public var validationRemarks: [DataRemark] {
        guard let captions = data.validation else { return [] }
        return [
            .unknown(captions.texts.unknownTokens, of: captions.texts.steps),
            DataRemark(
                "left_out_texts", captions.skippedTexts, "longer than data.max_length and left out",
                of: captions.count + captions.skippedTexts, "texts"),
        ]
    }

    public func lengths(ofValidation: Bool) -> [Int32]? {
        (ofValidation ? data.validation : data.training)?.texts.lengths
    }

    public func withFingerprintBytes(ofValidation: Bool, _ body: (UnsafeRawBufferPointer) -> Void) {
        (ofValidation ? data.validation : data.training)?.withFingerprintBytes(body)
    }

    public func batch(
        ofValidation: Bool, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> CaptionBatch {
        let captions = (ofValidation ? data.validation : data.training).orNoExamples()
        return CaptionBatch(captions, plan, step: step, shards: shards, subtrees: subtrees)
    }

    public func rowsRead(_ batch: CaptionBatch) -> [[Int32]] {
        let rows = Array(batch.target.inputs.elements).sortedOnce
        return parameters.tables.map { _ in rows }
    }

    public func parametersChanged() { network.pack(parameters) }

    public func gradients(_ batch: CaptionBatch, optimizerStep: Int, into gradients: Gradients<Float>) -> ShardTotals {
        let pass = trainingPass(optimizerStep)
        let logits = network.forward(batch.target, batch.features, pass, parameters)
        let totals = batch.target.loss(
            logits, smoothing: configuration.training.labelSmoothing, tokens: batch.target.packed.rows)
        network.backward(logits, batch.target, pass, parameters, into: gradients)
        return totals
    }

    public func evaluate(_ batch: CaptionBatch) -> ShardTotals {
        batch.target.loss(
            network.forward(batch.target, batch.features, .evaluation, parameters), smoothing: 0,
            tokens: batch.target.packed.rows)
    }

    /// Sums: loss, target tokens. Counts: texts, tokens, target tokens, those predicted.
    public var totalsShape: (sums: Int, counts: Int) { (2, 4) }

    public func metrics(_ totals: Totals) -> TaskMetrics { TaskMetrics(tokenTotals: totals) }

    public var predictionOptions: [PredictionOption] { PredictionOption.ofEmission }

    /// Emits texts for labels, or for rows of numbers.
    public func predict(_ request: PredictionRequest, notice: (String) -> Void) throws -> [Prediction] {
        let beam = BeamSearch(width: max(request.beam, request.topK), lengthPenalty: request.lengthPenalty)
        return try subjects(request).map { name, row in
            let found = beam.run(initial: initialState(row), limits: [request.maximumLength]) { tokens, state, _ in
                network.decoder.step(tokens, state, nil, parameters)
            }
            return Prediction(
                subject: name, emitted: found[0].prefix(request.topK).map { ($0, data.codec.text(of: $0.tokens)) },
                name: "caption", alternatives: request.topK)
        }
    }

    /// The state a decoder begins in for a row of numbers.
    func initialState(_ row: [Float]) -> RecurrentState<Float> {
        network.state(Matrix(AlignedBuffer(row), rows: 1, columns: row.count), parameters)
    }

    /// The row that stands for a label.
    func row(of label: String, _ labels: LabelSet, at place: @autoclosure () -> String) throws -> [Float] {
        guard let index = labels.index(of: label) else {
            throw Diagnostic(
                place(), "label '\(label)' is unknown", expected: "one of: \(labels.names.joined(separator: ", "))",
                category: .usage)
        }
        return FeatureRows(labels: labels.count)[row: index]
    }

    private func subjects(_ request: PredictionRequest) throws -> [(name: String, row: [Float])] {
        if let labels = data.labels {
            let names = try request.file.map { try CorpusReader.lines(of: $0) } ?? request.texts
            return try names.enumerated().map { number, name in
                (name, try row(of: name, labels, at: "\(request.source):\(number + 1)"))
            }
        }
        guard let file = request.file else {
            throw Diagnostic(
                "argument", "the model describes rows of \(data.featureWidth.counted("number"))",
                expected: "a table of them: --input FILE",
                category: .usage)
        }
        let rows = try FeatureRows(file, configuration.data, width: data.featureWidth)
        return (0..<rows.count).map { ("row \($0 + 1)", rows[row: $0]) }
    }
}
