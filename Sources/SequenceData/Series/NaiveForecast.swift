/// What costs nothing to say about a series, and what every forecast is measured against.
///
/// - Source: R. J. Hyndman & A. B. Koehler, "Another look at measures of forecast accuracy",
///   International Journal of Forecasting 22, 2006.
public enum NaiveForecast {
    /// The value a season before the forecast time, or as many seasons as it takes to be known at the origin;
    /// with a season of 1 the last known value.
    ///
    /// - Parameters:
    ///   - time: The time forecast, at or after the origin.
    ///   - origin: The first time not known.
    /// - Returns: nil where the table begins later.
    public static func value(_ table: SeriesTable, series: Int, time: Int, origin: Int, season: Int) -> Double? {
        let seasons = (time - origin) / season + 1
        let known = time - seasons * season
        return known >= 0 ? table[known, series] : nil
    }

    /// The mean absolute error of the one-season-ahead naive forecast of each series inside `times`, which MASE
    /// divides by; 0 where there is nothing to divide by: it is 0, or the part is no longer than a season.
    public static func errorScales(_ table: SeriesTable, times: Range<Int>, season: Int) -> [Double] {
        table.names.indices.map { series in
            guard times.count > season else { return 0 }
            var sum = 0.0
            for time in times.dropFirst(season) { sum += abs(table[time, series] - table[time - season, series]) }
            return sum / Double(times.count - season)
        }
    }
}
