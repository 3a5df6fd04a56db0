import Configuration
import Kernels
import SequenceData

/// Windows of a table of series, and the values that follow each.
struct SeriesSource: ForecastSource {
    private let table: SeriesTable
    private let windows: SeriesWindows
    private let scaling: SeriesScaling
    private let errorScales: [Double]
    private let configuration: ForecastConfiguration
    /// `[time, series]`, as the network sees them but for the window's own level.
    private let scaled: [Double]

    /// - Parameter targets: The times to forecast.
    init(
        _ table: SeriesTable, targets: Range<Int>, purpose: String, scaling: SeriesScaling, errorScales: [Double],
        _ configuration: ForecastConfiguration
    ) throws {
        self.table = table
        self.scaling = scaling
        self.errorScales = errorScales
        self.configuration = configuration
        scaled = try scaling.scaled(table)
        windows = try SeriesWindows(configuration, targets: targets, source: table.source, purpose: purpose)
    }

    /// The one window at the table's end, whose forecast nobody can score.
    init(endOf table: SeriesTable, scaling: SeriesScaling, _ configuration: ForecastConfiguration) throws {
        self.table = table
        self.scaling = scaling
        errorScales = []
        self.configuration = configuration
        scaled = try scaling.scaled(table)
        windows = try SeriesWindows(endOf: table, configuration)
    }

    var count: Int { windows.origins.count }
    var inputWidth: Int { table.names.count }

    func length(of example: Int) -> Int { windows.window }

    func append(_ example: Int, input: inout [Float], targets: inout [Float]) {
        let origin = windows.origins[example], start = origin - windows.window
        for time in start..<origin { append(time, levelOf: example, to: &input) }
        // Every step forecasts the horizon behind it, the last one that behind the window.
        let first = configuration.output == .everyStep ? start + 1 : origin
        for step in first...origin {
            for time in step..<step + windows.horizon {
                // Behind the table's end there is a forecast but no target.
                if time < table.count {
                    append(time, levelOf: example, to: &targets)
                } else {
                    targets += repeatElement(0, count: inputWidth)
                }
            }
        }
    }

    private func append(_ time: Int, levelOf example: Int, to values: inout [Float]) {
        for series in table.names.indices {
            values.append(Float(scaled[time * inputWidth + series] - level(of: example, series)))
        }
    }

    /// What is subtracted from all values of an example.
    private func level(of example: Int, _ series: Int) -> Double {
        guard configuration.relative else { return 0 }
        // Outputs in the middle of the window must not be told its end.
        let time = windows.origins[example] - (configuration.output == .everyStep ? windows.window : 1)
        return scaled[time * inputWidth + series]
    }

    /// A forecast in the units of the file, `[step, series]`.
    func original(_ example: Int, _ outputs: [Float]) -> [Double] {
        outputs.enumerated().map { place, output in
            let series = place % inputWidth
            return scaling.original(Double(output) + level(of: example, series), series: series)
        }
    }

    /// The series of an example with their forecast and what came, as far as the table goes.
    func curves(_ example: Int, _ outputs: [Float]) -> [Prediction.Curve] {
        let origin = windows.origins[example], forecast = original(example, outputs)
        return table.names.enumerated().map { series, name in
            Prediction.Curve(
                name: name, history: (0..<origin).map { table[$0, series] },
                forecast: stride(from: series, to: forecast.count, by: inputWidth).map { forecast[$0] },
                truth: (origin..<min(origin + windows.horizon, table.count)).map { table[$0, series] })
        }
    }

    func score(_ example: Int, _ outputs: [Float], into score: inout ForecastScore) {
        let origin = windows.origins[example]
        for (place, forecast) in original(example, outputs).enumerated() {
            let time = origin + place / inputWidth, series = place % inputWidth
            let truth = table[time, series], scale = errorScales[series]
            score.model.add(forecast - truth, scale: scale)
            func add(season: Int, to errors: inout ForecastScore.Errors) {
                guard let naive = NaiveForecast.value(table, series: series, time: time, origin: origin, season: season)
                else { return }
                errors.add(naive - truth, scale: scale)
            }
            add(season: 1, to: &score.naive)
            if configuration.season > 1 { add(season: configuration.season, to: &score.seasonal) }
        }
    }

    func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        table.values.withUnsafeBytes(body)
        windows.origins.withUnsafeBytes(body)
    }
}
