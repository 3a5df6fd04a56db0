import Configuration
import Kernels
import RecurrentNetworks
import SequenceData

/// Numbers in, numbers out: forecasts of series, and numbers said about sequences.
package final class ForecastTask: ExampleTask {
    package static let name = "forecast"
    package static let metricNames = [
        "loss", "mae", "rmse", "mase", "naive_mae", "naive_rmse", "seasonal_naive_mae", "seasonal_naive_rmse",
    ]
    package let configuration: RunConfiguration
    package let parameters: Parameters<Float>
    package let validationPlan: EpochPlan?
    let data: ForecastData
    private let network: ForecastNetwork<Float>
    private let lossKind: RegressionLoss<Float>
    private var output: ForecastConfiguration.Output { configuration.forecast.output }

    init(_ configuration: RunConfiguration, _ data: ForecastData, team: ThreadTeam) throws {
        self.configuration = configuration
        self.data = data
        validationPlan = data.validation.map { EpochPlan(validating: $0.lengths, configuration) }
        switch configuration.forecast.loss {
        case .squared: lossKind = .squared
        case .absolute: lossKind = .absolute
        case .huber: lossKind = .huber(threshold: Float(configuration.forecast.threshold))
        }
        network = ForecastNetwork(
            configuration.model, configuration.forecast.output, inputSize: data.inputWidth,
            outputSize: configuration.forecast.output == .decoder ? data.outputWidth : data.outputWidth * data.horizon,
            penalties: configuration.training.activationPenalties, team: team)
        try network.layout.check(configuration)
        parameters = Parameters(network.layout)
    }

    package var layers: [LayerDescription] { network.layers }
    package var artifacts: [TaskArtifact] { data.artifacts }

    package var validationRemarks: [DataRemark] { [.reservation(data.reservation(configuration.forecast))] }

    package func lengths(ofValidation: Bool) -> [Int32]? { (ofValidation ? data.validation : data.training)?.lengths }

    package func withFingerprintBytes(ofValidation: Bool, _ body: (UnsafeRawBufferPointer) -> Void) {
        (ofValidation ? data.validation : data.training)?.withFingerprintBytes(body)
    }

    package func batch(
        ofValidation: Bool, _ plan: EpochPlan, step: Int, shards: Range<Int>, subtrees: ShardSubtrees
    ) -> ForecastBatch {
        let source = (ofValidation ? data.validation : data.training).orNoExamples()
        let (chosen, shardOf) = plan.examples(step: step, shards: shards)
        return ForecastBatch(source, chosen, shardOf, subtrees: subtrees, output, horizon: data.horizon)
    }

    package func rowsRead(_ batch: ForecastBatch) -> [[Int32]] { [] }

    package func parametersChanged() { network.pack(parameters) }

    package func gradients(_ batch: ForecastBatch, optimizerStep: Int, into gradients: Gradients<Float>) -> ShardTotals
    {
        let pass = trainingPass(optimizerStep)
        let y = network.forward(batch.input, pass, parameters)
        let totals = loss(y, batch)
        network.backward(y, batch.input, pass, into: gradients)
        return totals
    }

    package func evaluate(_ batch: ForecastBatch) -> ShardTotals {
        loss(network.forward(batch.input, .evaluation, parameters), batch)
    }

    /// What the network says at the end of each of a batch's examples, `[step, series]`, in packed order.
    func forecasts(_ batch: ForecastBatch) -> [[Float]] {
        outputs(network.forward(batch.input, .evaluation, parameters), batch)
    }

    private func outputs(_ y: Matrix<Float>, _ batch: ForecastBatch) -> [[Float]] {
        let packed = batch.input.sequences.packed
        return batch.examples.indices.map { sequence in
            let rows: [Int]
            switch output {
            case .last: rows = [sequence]
            case .everyStep: rows = [Int(packed.lastRows[sequence])]
            case .decoder: rows = batch.input.horizon?.packed.offsets.dropLast().map { $0 + sequence } ?? []
            }
            return rows.flatMap { row in (0..<y.columns).map { y[row, $0] } }
        }
    }

    /// Sums: loss, target weight, then those of a `ForecastScore`. Counts: examples, time steps.
    package var totalsShape: (sums: Int, counts: Int) { (2 + ForecastScore.width, 2) }

    /// Replaces outputs by the loss's gradient, and adds up what the shards contribute.
    private func loss(_ y: Matrix<Float>, _ batch: ForecastBatch) -> ShardTotals {
        let outputs = outputs(y, batch), input = batch.input, packed = input.sequences.packed
        var losses = [Float](repeating: 0, count: y.rows)
        regressionLoss(y, targets: batch.targets, lossKind, losses: &losses)
        var totals = ShardTotals(
            shards: input.leaves.shards, sums: [], counts: [Int64(packed.sequences), Int64(packed.rows)])
        for leaf in input.leaves.shards.indices {
            let rows = input.leaves.bounds[leaf]..<input.leaves.bounds[leaf + 1]
            var loss = 0.0
            for position in rows { loss += Double(losses[Int(input.index[position])]) }
            var score = ForecastScore()
            for position in packed.sequenceLeaves.bounds[leaf]..<packed.sequenceLeaves.bounds[leaf + 1] {
                let sequence = Int(packed.leafSequences[position])
                batch.source.score(batch.examples[sequence], outputs[sequence], into: &score)
            }
            totals.sums.append([loss, Double(rows.count * y.columns)] + score.sums)
        }
        return totals
    }

    /// Errors are in original units, the loss is that of scaled values.
    package func metrics(_ totals: Totals) -> TaskMetrics {
        let score = ForecastScore(sums: totals.sums[2...])
        let loss = totals.sums[1] == 0 ? 0 : totals.sums[0] / totals.sums[1]
        let values: [(String, Double?)] = [
            ("loss", loss), ("mae", score.model.mae), ("rmse", score.model.rmse),
            ("mase", data.seriesWithoutScale.isEmpty && data.hasSeries ? score.model.mase : nil),
        ]
        let known = values.compactMap { name, value in value.map { (name, $0) } } + score.againstNaive
        return TaskMetrics(values: known.map { .init(name: $0.0, value: $0.1) })
    }
}

extension ForecastSource {
    /// Time steps of each example.
    var lengths: [Int32] { (0..<count).map { Int32(truncatingIfNeeded: length(of: $0)) } }
}
