/// Errors of forecasts and of what they are measured against, as sums over examples, steps and series.
///
///     MAE = Σ|e| / n,  RMSE = √(Σe² / n),  MASE = Σ(|e| / scale of the series) / n
///
/// - Source: R. J. Hyndman & A. B. Koehler, "Another look at measures of forecast accuracy", International Journal of
///   Forecasting 22, 2006; the scale of MASE is the in-sample error of the seasonal naive forecast, of the naive one
///   where there is no season.
struct ForecastScore: Equatable, Sendable {
    /// Sums of one forecast: count, absolute, squared and scaled errors.
    struct Errors: Equatable, Sendable {
        var sums = [0.0, 0, 0, 0]

        /// - Parameter scale: 0: there is none, and `mase` means nothing.
        mutating func add(_ error: Double, scale: Double = 1) {
            sums[0] += 1
            sums[1] += abs(error)
            sums[2] += error * error
            if scale > 0 { sums[3] += abs(error) / scale }
        }

        /// nil where nothing was forecast.
        private func mean(_ which: Int) -> Double? { sums[0] > 0 ? sums[which] / sums[0] : nil }
        var mae: Double? { mean(1) }
        var rmse: Double? { mean(2)?.squareRoot() }
        var mase: Double? { mean(3) }
    }

    var model = Errors()
    /// The last value known; for a regression the mean of the targets.
    var naive = Errors()
    /// The value a season before, where that is known.
    var seasonal = Errors()

    init() {}

    init(sums: ArraySlice<Double>) {
        let sums = Array(sums)
        model.sums = Array(sums[0..<4])
        naive.sums = Array(sums[4..<8])
        seasonal.sums = Array(sums[8..<12])
    }

    static let width = 12
    var sums: [Double] { model.sums + naive.sums + seasonal.sums }
}
