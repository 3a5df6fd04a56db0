import Configuration
import Foundation

extension ForecastData {
    /// Series whose errors cannot be divided by those of a naive forecast.
    var seriesWithoutScale: [String] { zip(series, errorScales).filter { $0.1 == 0 }.map(\.0) }

    /// Why there is no MASE; nil: there is.
    func reservation(_ forecast: ForecastConfiguration) -> String? {
        let names = seriesWithoutScale
        if names.isEmpty { return nil }
        return "mase is left out: in the training part the naive forecast of \(names.joined(separator: ", ")) "
            + "(forecast.season \(forecast.season)) has no error to divide by, since that part is no longer than a season or "
            + "repeats itself"
    }

    /// What costs nothing to say about the data the model is validated on: what its errors are measured against.
    var naiveForecasts: String? {
        guard let source = validation ?? training else { return nil }
        let nothing = [Float](repeating: 0, count: outputWidth * horizon)
        var score = ForecastScore()
        for example in 0..<source.count { source.score(example, nothing, into: &score) }
        let figures = score.againstNaive.map { String(format: "\($0.name.replacing("_", with: " ")) %.4f", $0.value) }
        return "\(validation == nil ? "training" : "validation"): \(figures.joined(separator: ", "))"
    }
}

extension ForecastScore {
    /// The errors of the forecasts that need no network, as far as there are any.
    var againstNaive: [(name: String, value: Double)] {
        [
            ("naive_mae", naive.mae), ("naive_rmse", naive.rmse), ("seasonal_naive_mae", seasonal.mae),
            ("seasonal_naive_rmse", seasonal.rmse),
        ].compactMap { name, value in value.map { (name, $0) } }
    }
}
