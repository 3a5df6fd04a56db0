import Diagnostics
import Kernels
import SequenceData

extension ForecastTask {
    package var predictionOptions: [PredictionOption] {
        data.hasSeries ? [.picture] : data.inputWidth == 1 ? [.labelled] : []
    }

    /// The forecast of each series behind the end of a file; of a regression the number of each sequence.
    package func predict(_ request: PredictionRequest, notice: (String) -> Void) throws -> [Prediction] {
        guard let scaling = data.scaling else {
            throw Diagnostic(
                request.source, "a model of \(configuration.data.train) has nothing to predict",
                expected: "evaluate instead of predict", category: .usage)
        }
        guard data.hasSeries else { return try numbers(request, scaling) }
        guard let file = request.file else {
            throw Diagnostic(
                request.source, "texts cannot be forecast", expected: "a file of series with --input", category: .usage)
        }
        let table = try SeriesReader(configuration.data).read(file, names: data.series)
        let source = try SeriesSource(endOf: table, scaling: scaling, configuration.forecast)
        return curves(source, 0).map { curve in
            Prediction(
                subject: curve.name, text: curve.forecast.map(shown).joined(separator: " "),
                columns: curve.forecast.enumerated().map { ("step_\($0 + 1)", "\($1)") },
                fields: [("forecast", .list(curve.forecast.map { .number($0) }))], curve: curve)
        }
    }

    /// The last forecast of the validation data beside what came, for a picture; empty where there are no series.
    package var lastValidated: [Prediction.Curve] {
        (data.validation as? SeriesSource).map { curves($0, $0.count - 1) } ?? []
    }

    private func curves(_ source: SeriesSource, _ example: Int) -> [Prediction.Curve] {
        let batch = ForecastBatch(
            source, [example], [0], subtrees: [0..<1], configuration.forecast.output, horizon: data.horizon)
        return source.curves(example, forecasts(batch)[0])
    }

    private func numbers(_ request: PredictionRequest, _ scaling: SeriesScaling) throws -> [Prediction] {
        let (names, sequences) = try CorpusReader(configuration.data).sequences(
            request, width: data.inputWidth, labels: [])
        let source = try RegressionSource(
            NumberedSequences(unknown: sequences, source: request.source), scaling: scaling, mean: 0)
        var numbers = [Double](repeating: 0, count: source.count)
        let plan = EpochPlan(evaluating: source.lengths, batchSize: 256, shards: 1)
        for step in 0..<plan.stepCount {
            let (chosen, shards) = plan.examples(step: step, shards: 0..<1)
            let batch = ForecastBatch(
                source, chosen, shards, subtrees: [0..<1], configuration.forecast.output, horizon: data.horizon)
            for (example, outputs) in zip(batch.examples, forecasts(batch)) {
                numbers[example] = source.original(outputs)
            }
        }
        return zip(names, numbers).map { name, value in
            Prediction(
                subject: name, text: shown(value), columns: [("number", "\(value)")],
                fields: [("number", .number(value))])
        }
    }

    /// Six significant digits: more than a forecast is worth.
    private func shown(_ value: Double) -> String {
        let digits = value == 0 ? 0 : max(0, min(6, 5 - Int(value.magnitude.exponent) * 3 / 10))
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return "\((value * scale).rounded() / scale)"
    }
}
