import Configuration
import Diagnostics
import SequenceData

/// What a forecast is trained, validated and asked on.
struct ForecastData {
    /// Names of the series; empty for a problem that is generated.
    let series: [String]
    let scaling: SeriesScaling?
    /// What MASE divides each series' errors by.
    let errorScales: [Double]
    let inputWidth: Int
    /// Numbers of a forecast time step.
    let outputWidth: Int
    /// Forecast time steps.
    let horizon: Int
    let training: (any ForecastSource)?
    let validation: (any ForecastSource)?
    /// What was read, for the log.
    let summary: [String]

    var hasSeries: Bool { !series.isEmpty }

    static let addingPath = "builtin:adding"

    /// Reads what a configuration names, and fits the scaling on the part to train on.
    ///
    /// - Parameter artifacts: Those of a checkpoint, which freshly read data must give again.
    init(_ configuration: RunConfiguration, artifacts: [TaskArtifact]?) throws {
        let data = configuration.data, forecast = configuration.forecast
        if data.train == Self.addingPath {
            try self.init(adding: configuration)
            return
        }
        let table = try SeriesReader(data).read(data.train)
        let known = data.validation == nil
            ? try SeriesWindows.trainingSteps(forecast, fraction: data.validationFraction, of: table.count, source: data.train)
            : table.count
        let scaling = try SeriesScaling(fitting: table, times: 0..<known, forecast)
        let scales = NaiveForecast.errorScales(table, times: 0..<known, season: forecast.season)
        func source(_ table: SeriesTable, _ targets: Range<Int>, _ purpose: String) throws -> SeriesSource {
            try SeriesSource(table, targets: targets, purpose: purpose, scaling: scaling, errorScales: scales, forecast)
        }
        let training = try source(table, 0..<known, "training")
        var validation: SeriesSource?
        if let path = data.validation {
            let other = try SeriesReader(data).read(path, names: table.names)
            validation = try source(other, 0..<other.count, "validation")
        } else if known < table.count {
            validation = try source(table, known..<table.count, "validation")
        }
        self.training = training
        self.validation = validation
        series = table.names
        self.scaling = scaling
        errorScales = scales
        inputWidth = series.count
        outputWidth = series.count
        horizon = forecast.horizon
        summary = [
            "\(data.train): \(table.count) time steps of \(series.joined(separator: ", ")); \(known) to train on, \(training.count) windows"
                + (validation.map { "; \($0.count) windows to validate on" } ?? "")
        ]
        if let artifacts, artifacts != self.artifacts {
            throw Diagnostic(
                data.train, "its series or their scaling differ from those of the checkpoint",
                expected: "the data the run began with", hint: "restore the data, or begin a new run in another output folder")
        }
    }

    /// The series and scaling of a checkpoint, and perhaps data to evaluate.
    init(_ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?) throws {
        if configuration.data.train == Self.addingPath {
            if let path, path != Self.addingPath {
                throw Diagnostic(path, "the model was trained on \(Self.addingPath)", expected: Self.addingPath, category: .usage)
            }
            try self.init(adding: configuration)
            return
        }
        func texts(_ name: String) throws -> [String] {
            guard let found = artifacts.first(where: { $0.name == name }) else {
                throw Diagnostic("checkpoint", "'artifacts/\(name)' is missing", expected: "the \(name) of a forecast")
            }
            return found.texts
        }
        let series = try texts("series")
        let scales = try texts("error_scales").compactMap(Double.init)
        guard let scaling = SeriesScaling(texts: try texts("scaling")), scaling.offsets.count == series.count,
            scales.count == series.count, !series.isEmpty
        else {
            throw Diagnostic("checkpoint", "'artifacts/scaling' does not fit 'artifacts/series'", expected: "two numbers a series")
        }
        validation = try path.map { path in
            let table = try SeriesReader(configuration.data).read(path, names: series)
            return try SeriesSource(
                table, targets: 0..<table.count, purpose: "evaluation", scaling: scaling, errorScales: scales, configuration.forecast)
        }
        training = nil
        self.series = series
        self.scaling = scaling
        errorScales = scales
        inputWidth = series.count
        outputWidth = series.count
        horizon = configuration.forecast.horizon
        summary = []
    }

    private init(adding configuration: RunConfiguration) throws {
        let generated = configuration.data.generated
        let problem = AddingProblem(seed: generated.seed, length: generated.length)
        let held = Int((Double(generated.examples) * configuration.data.validationFraction).rounded())
        guard held < generated.examples else {
            throw Diagnostic(
                "data.validation_fraction", "all \(generated.examples) examples are held out", expected: "some to train on",
                category: .usage)
        }
        training = AddingSource(problem: problem, examples: 0..<generated.examples - held)
        validation = held == 0 ? nil : AddingSource(problem: problem, examples: generated.examples - held..<generated.examples)
        series = []
        scaling = nil
        errorScales = []
        inputWidth = 2
        outputWidth = 1
        horizon = 1
        summary = ["\(Self.addingPath): \(generated.examples - held) examples of \(generated.length) time steps, \(held) held out"]
    }

    var artifacts: [TaskArtifact] {
        [
            TaskArtifact(name: "series", texts: series),
            TaskArtifact(name: "scaling", texts: scaling?.texts ?? []),
            TaskArtifact(name: "error_scales", texts: errorScales.map { "\($0)" }),
        ]
    }
}

extension ForecastTask {
    package static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, notice: (String) -> Void
    ) throws -> ForecastTask {
        let data = try ForecastData(configuration, artifacts: artifacts)
        for line in data.summary { notice(line) }
        return ForecastTask(configuration, data, team: team)
    }

    package static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?, team: ThreadTeam
    ) throws -> ForecastTask {
        ForecastTask(configuration, try ForecastData(configuration, artifacts: artifacts, data: path), team: team)
    }
}
