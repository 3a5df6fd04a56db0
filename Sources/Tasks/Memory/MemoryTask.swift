import Configuration
import Diagnostics
import Kernels
import RecurrentNetworks
import SequenceData

/// The copying problem: at every time step a symbol or nothing is to be said.
package final class MemoryTask: ExampleTask {
    package static let name = "memory"
    package static let metricNames = ["loss_nats", "memoryless_loss_nats", "accuracy", "recalled"]
    package let configuration: RunConfiguration
    package let parameters: Parameters<Float>
    package let validationPlan: EpochPlan?
    private let problem: CopyProblem
    private let network: ForecastNetwork<Float>
    /// Numbers of the examples to train on; those held out follow.
    private let trained: Int
    private let held: Int

    private init(_ configuration: RunConfiguration, validates: Bool, team: ThreadTeam) throws {
        self.configuration = configuration
        let generated = configuration.data.generated
        problem = CopyProblem(seed: generated.seed, delay: generated.length)
        (trained, held) = try configuration.data.heldOutOfGenerated()
        let lengths = [Int32](repeating: Int32(truncatingIfNeeded: problem.length), count: validates ? held : 0)
        validationPlan = lengths.isEmpty ? nil : EpochPlan(validating: lengths, configuration)
        network = ForecastNetwork(
            configuration.model, .everyStep, inputSize: CopyProblem.inputs, outputSize: CopyProblem.targets, team: team)
        try network.layout.check(configuration)
        parameters = Parameters(network.layout)
    }

    package static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, keepsData: Bool,
        notice: (String) -> Void
    ) throws -> MemoryTask {
        let task = try MemoryTask(configuration, validates: true, team: team)
        notice(
            "\(configuration.data.train): \(task.trained.counted("example")) of \(task.problem.length) time steps, "
                + "\(task.held) held out"
        )
        return task
    }

    package static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?,
        team: ThreadTeam
    ) throws -> MemoryTask {
        if let path, path != configuration.data.train {
            throw Diagnostic(
                path, "the model was trained on \(configuration.data.train)", expected: configuration.data.train,
                category: .usage)
        }
        return try MemoryTask(configuration, validates: path != nil, team: team)
    }

    package var layers: [LayerDescription] { network.layers }
    package var artifacts: [TaskArtifact] {
        let data = configuration.data
        return [
            TaskArtifact(
                name: "problem", texts: [data.train, "length \(data.generated.length)", "seed \(data.generated.seed)"])
        ]
    }

    package func lengths(ofValidation: Bool) -> [Int32]? {
        [Int32](repeating: Int32(truncatingIfNeeded: problem.length), count: ofValidation ? held : trained)
    }

    package func withFingerprintBytes(ofValidation: Bool, _ body: (UnsafeRawBufferPointer) -> Void) {
        var tokens: [Int32] = [], targets: [Int32] = []
        problem.append(example: ofValidation ? UInt64(trained) : 0, tokens: &tokens, targets: &targets)
        (tokens + [Int32(truncatingIfNeeded: ofValidation ? held : trained)]).withUnsafeBytes(body)
    }

    package func batch(
        ofValidation: Bool, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> MemoryBatch {
        MemoryBatch(problem, first: ofValidation ? trained : 0, plan, step: step, shards: shards, subtrees: subtrees)
    }

    /// Every symbol occurs nearly everywhere.
    package func rowsRead(_ batch: MemoryBatch) -> [[Int32]] {
        parameters.tables.map { _ in Array(0..<Int32(CopyProblem.inputs)) }
    }

    package func parametersChanged() { network.pack(parameters) }

    package func gradients(_ batch: MemoryBatch, optimizerStep: Int, into gradients: Gradients<Float>) -> ShardTotals {
        let pass = trainingPass(optimizerStep)
        let logits = network.forward(batch.input, pass, parameters)
        let totals = loss(logits, batch)
        network.backward(logits, batch.input, pass, into: gradients)
        return totals
    }

    package func evaluate(_ batch: MemoryBatch) -> ShardTotals {
        loss(network.forward(batch.input, .evaluation, parameters), batch)
    }

    /// Sums: loss, time steps. Counts: examples, time steps, those right, symbols asked for, those right.
    package var totalsShape: (sums: Int, counts: Int) { (2, 5) }

    private func loss(_ logits: Matrix<Float>, _ batch: MemoryBatch) -> ShardTotals {
        let packed = batch.input.sequences.packed
        let rows = packed.gradientRows(liveSteps: nil)
        var totals = rowTotals(
            logits, targets: batch.targets, weights: nil, leavingOut: CopyProblem.blank, index: rows.rows,
            leaves: rows.leaves
        ).totals
        totals.counts[0] = Int64(packed.sequences)
        return totals
    }

    package func metrics(_ totals: Totals) -> TaskMetrics {
        func share(_ part: Int, of whole: Int) -> Double {
            Double(totals.counts[part]) / Double(max(1, totals.counts[whole]))
        }
        return TaskMetrics(
            values: [
                .init(name: "loss_nats", value: totals.sums[1] == 0 ? 0 : totals.sums[0] / totals.sums[1]),
                .init(name: "memoryless_loss_nats", value: problem.baseline),
                .init(name: "accuracy", value: share(2, of: 1)),
                .init(name: "recalled", value: share(4, of: 3)),
            ])
    }

    package func predict(_ request: PredictionRequest, notice: (String) -> Void) throws -> [Prediction] {
        throw Diagnostic(
            request.source, "a model of \(configuration.data.train) has nothing to predict",
            expected: "evaluate instead of predict", category: .usage)
    }
}

extension DataConfiguration {
    /// How many of the examples made up are to train on and how many, the last ones, to validate.
    ///
    /// - Throws: `Diagnostic` (usage) where nothing would be left of one part.
    func heldOutOfGenerated() throws -> (trained: Int, held: Int) {
        let examples = generated.examples, held = Int((Double(examples) * validationFraction).rounded())
        guard held < examples else {
            throw Diagnostic(
                "data.validation_fraction", "all \(examples) examples are held out", expected: "some to train on",
                category: .usage)
        }
        try requireHeldOut(held, of: examples, "examples")
        return (examples - held, held)
    }
}
