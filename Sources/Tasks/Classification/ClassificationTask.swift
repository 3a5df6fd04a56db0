import Configuration
import Kernels
import RecurrentNetworks
import SequenceData

/// Sequence classification: one label a sequence, softmax cross-entropy.
public final class ClassificationTask: ExampleTask {
    public static let name = "classify"
    public static let metricNames = ["loss_nats", "accuracy", "macro_f1"]
    public let parameters: Parameters<Float>
    public let labels: [String]
    public let configuration: RunConfiguration
    private let network: ClassifierNetwork<Float>
    let vocabulary: Vocabulary?
    /// Features of a time step; 0 for text.
    public let featureWidth: Int
    private let training: EncodedCorpus?
    private let validation: EncodedCorpus?
    private let classWeights: [Float]
    public let validationPlan: EpochPlan?

    /// - Parameter data: Examples to train and validate on; those that a command does not need may be absent.
    package init(
        _ configuration: RunConfiguration, _ data: ClassificationData, vectors: (values: [Float], width: Int)?,
        team: ThreadTeam
    ) throws {
        self.configuration = configuration
        labels = data.labels.names
        vocabulary = data.vocabulary
        featureWidth = data.featureWidth
        training = data.training
        validation = data.validation
        classWeights = ClassificationTask.weights(
            configuration.training.classWeights, labels: labels, training: data.training)
        validationPlan = data.validation.map { EpochPlan(validating: $0.lengths, configuration) }
        network = ClassifierNetwork(
            configuration.model, inputSize: data.vocabulary?.count ?? data.featureWidth, classes: labels.count,
            vectors: vectors,
            team: team)
        try network.layout.check(configuration)
        parameters = Parameters(network.layout)
    }

    public var layers: [LayerDescription] { network.layers }

    public var artifacts: [TaskArtifact] {
        [
            TaskArtifact(name: "labels", texts: labels),
            TaskArtifact(name: "vocabulary", texts: vocabulary?.strings ?? []),
            TaskArtifact(name: "feature_width", texts: [String(featureWidth)]),
        ]
    }

    public var validationRemarks: [DataRemark] {
        validation.map { DataRemark.of($0, wasReadAlone: training == nil, configuration.data.emptyText) } ?? []
    }

    public func lengths(ofValidation: Bool) -> [Int32]? { (ofValidation ? validation : training)?.lengths }

    public func withFingerprintBytes(ofValidation: Bool, _ body: (UnsafeRawBufferPointer) -> Void) {
        (ofValidation ? validation : training)?.withFingerprintBytes(body)
    }

    public func batch(
        ofValidation: Bool, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> Batch {
        Batch(
            (ofValidation ? validation : training).orNoExamples(), plan, step: step, shards: shards, subtrees: subtrees)
    }

    public func rowsRead(_ batch: Batch) -> [[Int32]] {
        guard let tokens = batch.tokens, !parameters.tables.isEmpty else { return parameters.tables.map { _ in [] } }
        let unique = Array(tokens.elements).sortedOnce
        return parameters.tables.map { _ in unique }
    }

    public func parametersChanged() { network.pack(parameters) }

    public func gradients(_ batch: Batch, optimizerStep: Int, into gradients: Gradients<Float>) -> ShardTotals {
        let pass = trainingPass(optimizerStep)
        let input = sequenceInput(batch)
        let logits = network.forward(input, pass, parameters)
        let totals = loss(logits, batch)
        network.backward(logits, input, pass, into: gradients)
        return totals
    }

    public func evaluate(_ batch: Batch) -> ShardTotals {
        loss(network.forward(sequenceInput(batch), .evaluation, parameters), batch)
    }

    /// Sums: weighted loss, target weight. Counts: examples, tokens, then the confusion matrix row by row.
    public var totalsShape: (sums: Int, counts: Int) { (2, 2 + labels.count * labels.count) }

    public func metrics(_ totals: Totals) -> TaskMetrics {
        let classes = labels.count
        let confusion = ConfusionMatrix(
            labels: labels,
            counts: (0..<classes).map { row in (0..<classes).map { Int(totals.counts[2 + row * classes + $0]) } })
        return TaskMetrics(
            values: [
                .init(name: "loss_nats", value: totals.sums[1] == 0 ? 0 : totals.sums[0] / totals.sums[1]),
                .init(name: "accuracy", value: confusion.accuracy), .init(name: "macro_f1", value: confusion.macroF1),
            ], confusion: confusion)
    }

    /// Each example's class probabilities, in the corpus' order.
    public func probabilities(_ corpus: EncodedCorpus) -> [[Float]] {
        var result = [[Float]](repeating: [], count: corpus.count)
        let plan = EpochPlan(evaluating: corpus.lengths, batchSize: 256, shards: 1)
        for step in 0..<plan.stepCount {
            let batch = Batch(corpus, plan, step: step, shards: 0..<1, subtrees: [0..<1])
            let logits = network.forward(sequenceInput(batch), .evaluation, parameters)
            softmax(logits)
            for row in 0..<batch.packed.sequences {
                result[Int(batch.examples[row])] = (0..<labels.count).map { logits[row, $0] }
            }
        }
        return result
    }

    private func sequenceInput(_ batch: Batch) -> SequenceInput<Float> {
        SequenceInput(packed: batch.packed, tokens: batch.tokens, features: batch.features, examples: batch.examples)
    }

    /// Replaces logits by the loss's gradient, and adds up what the shards contribute.
    private func loss(_ logits: Matrix<Float>, _ batch: Batch) -> ShardTotals {
        let count = batch.packed.sequences
        let weights = batch.labels.map { classWeights[Int($0)] }
        var losses = [Float](repeating: 0, count: count), predictions = [Int32](repeating: 0, count: count)
        softmaxCrossEntropy(logits, targets: batch.labels, weights: weights, losses: &losses, predictions: &predictions)
        let leaves = batch.packed.sequenceLeaves
        var totals = ShardTotals(
            shards: leaves.shards, sums: [], counts: [Int64](repeating: 0, count: totalsShape.counts))
        for leaf in leaves.shards.indices {
            var sums = [0.0, 0.0]
            for position in leaves.bounds[leaf]..<leaves.bounds[leaf + 1] {
                let row = Int(batch.packed.leafSequences[position])
                sums[0] += Double(losses[row])
                sums[1] += Double(weights[row])
                totals.counts[2 + Int(batch.labels[row]) * labels.count + Int(predictions[row])] += 1
            }
            totals.sums.append(sums)
        }
        totals.counts[0] = Int64(count)
        totals.counts[1] = Int64(batch.packed.rows)
        return totals
    }

    /// The weight of each class's loss.
    private static func weights(
        _ setting: TrainingConfiguration.ClassWeights, labels: [String], training: EncodedCorpus?
    ) -> [Float] {
        switch setting {
        case .none:
            return [Float](repeating: 1, count: labels.count)
        case .listed(let weights):
            return labels.map { Float(weights[$0] ?? 1) }
        case .balanced:
            guard let training else { return [Float](repeating: 1, count: labels.count) }
            let counts = training.examplesPerClass(labels.count)
            let present = counts.count { $0 > 0 }
            return counts.map { $0 == 0 ? 1 : Float(Double(training.count) / (Double(present) * Double($0))) }
        }
    }
}
