import Tasks

/// A series, its forecast and, where it is known, what came true, as an SVG picture.
public struct ForecastPicture: Sendable {
    /// One line of the picture: values of consecutive time steps.
    public struct Series: Sendable {
        public var name: String
        /// Up to the time of the forecast.
        public var history: [Double]
        public var forecast: [Double]
        /// From the time of the forecast on; empty where nobody knows yet.
        public var truth: [Double]

        public init(name: String, history: [Double], forecast: [Double], truth: [Double] = []) {
            self.name = name
            self.history = history
            self.forecast = forecast
            self.truth = truth
        }
    }

    public var title: String
    public var series: [Series]

    public init(title: String, series: [Series]) {
        self.title = title
        self.series = series
    }

    /// The picture of a task's forecasts.
    public init(title: String, _ curves: [Prediction.Curve]) {
        let series = curves.map { curve in
            // A long history would leave no room for the forecast.
            let shown = curve.history.suffix(max(50, 5 * curve.forecast.count))
            return Series(name: curve.name, history: Array(shown), forecast: curve.forecast, truth: curve.truth)
        }
        self.init(title: title, series: series)
    }

    /// The picture as an SVG document; time step 0 is the last one known.
    public var svg: String {
        var lines: [LossCurve.Series] = []
        for one in series {
            let history = one.history.enumerated().map { (x: Double($0 + 1 - one.history.count), y: $1) }
            // What follows begins where the history ends, so that the eye finds it.
            func following(_ values: [Double]) -> [(x: Double, y: Double)] {
                history.suffix(1) + values.enumerated().map { (x: Double($0 + 1), y: $1) }
            }
            lines.append(.init(name: one.name, points: history))
            if !one.truth.isEmpty { lines.append(.init(name: "\(one.name), what came", points: following(one.truth))) }
            lines.append(.init(name: "\(one.name), forecast", points: following(one.forecast)))
        }
        return LossCurve(
            title: title, xLabel: "time steps after the last one known",
            yLabel: series.count == 1 ? series[0].name : "value",
            series: lines
        ).svg
    }
}
