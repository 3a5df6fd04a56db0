import Diagnostics
import SequenceData

extension ForecastTask {
    /// The forecast of each series behind the end of a file.
    package func predict(_ request: PredictionRequest) throws -> [Prediction] {
        guard let scaling = data.scaling, let file = request.file else {
            throw Diagnostic(
                request.source, data.hasSeries ? "texts cannot be forecast" : "there is no series to forecast",
                expected: "a file of series with --input", category: .usage)
        }
        let table = try SeriesReader(configuration.data).read(file, names: data.series)
        let source = try SeriesSource(endOf: table, scaling: scaling, configuration.forecast)
        let batch = ForecastBatch(
            source, [0], [0], subtrees: [0..<1], configuration.forecast.output, horizon: data.horizon)
        let forecast = source.original(0, forecasts(batch)[0])
        return data.series.enumerated().map { number, name in
            let values = stride(from: number, to: forecast.count, by: data.series.count).map { forecast[$0] }
            return Prediction(
                subject: name, text: values.map(shown).joined(separator: " "),
                columns: values.enumerated().map { ("step_\($0 + 1)", "\($1)") },
                fields: [("forecast", .list(values.map { .number($0) }))],
                curve: .init(history: (0..<table.count).map { table[$0, number] }, forecast: values))
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
