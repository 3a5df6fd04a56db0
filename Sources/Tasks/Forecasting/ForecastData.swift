import Configuration
import Diagnostics
import HDF5
import Kernels
import SequenceData

/// What a forecast is trained, validated and asked on.
struct ForecastData {
    /// Names of the series; empty where numbers are said about sequences.
    let series: [String]
    let scaling: SeriesScaling?
    /// What MASE divides each series' errors by, 0 where there is nothing; of a regression the mean of the numbers
    /// trained on.
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
    static func forTraining(_ configuration: RunConfiguration, artifacts: [TaskArtifact]?) throws -> ForecastData {
        let data = configuration.data
        let read = data.train == addingPath
            ? try adding(configuration) : isRegression(data) ? try regression(configuration) : try series(configuration)
        if let artifacts, !read.artifacts.allSatisfy(artifacts.contains) {
            throw Diagnostic(
                data.train, "its series or their scaling differ from those of the checkpoint",
                expected: "the data the run began with",
                hint: "restore the data, or begin a new run in another output folder")
        }
        return read
    }

    /// Sequences in the formats of a classification have a number each instead of a class.
    private static func isRegression(_ data: DataConfiguration) -> Bool {
        data.format == .ucr || data.format == .long || ForeignFile.isNamed(data.train)
    }

    private static func series(_ configuration: RunConfiguration) throws -> ForecastData {
        let data = configuration.data, forecast = configuration.forecast
        let table = try SeriesReader(data).read(data.train)
        let known = data.validation == nil
            ? try SeriesWindows.trainingSteps(
                forecast, fraction: data.validationFraction, of: table.count, source: data.train)
            : table.count
        if forecast.validationSteps == nil {
            try data.requireHeldOut(table.count - known, of: table.count, "time steps")
        }
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
        return ForecastData(
            series: table.names, scaling: scaling, errorScales: scales, inputWidth: table.names.count,
            outputWidth: table.names.count, horizon: forecast.horizon, training: training, validation: validation,
            summary: [
                "\(data.train): \(table.count.counted("time step")) of \(table.names.joined(separator: ", ")); "
                    + "\(known) to train on, "
                    + training.count.counted("window")
                    + (validation.map { "; \($0.count.counted("window")) to validate on" } ?? "")
            ])
    }

    /// The series and scaling of a checkpoint, and perhaps data to evaluate.
    static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?
    ) throws -> ForecastData {
        if configuration.data.train == addingPath {
            if let path, path != addingPath {
                throw Diagnostic(path, "the model was trained on \(addingPath)", expected: addingPath, category: .usage)
            }
            return try adding(configuration)
        }
        func texts(_ name: String) throws -> [String] {
            guard let found = artifacts.first(where: { $0.name == name }) else {
                throw Diagnostic("checkpoint", "'artifacts/\(name)' is missing", expected: "the \(name) of a forecast")
            }
            return found.texts
        }
        let series = try texts("series")
        let scales = try texts("error_scales").compactMap(Double.init)
        guard let scaling = SeriesScaling(texts: try texts("scaling")), scaling.offsets.count == max(1, series.count),
            scales.count == scaling.offsets.count, let width = Int(try texts("inputs").first ?? ""), width > 0
        else {
            throw Diagnostic(
                "checkpoint", "'artifacts/scaling' does not fit 'artifacts/series'", expected: "two numbers a series")
        }
        if series.isEmpty {
            return try regression(configuration, scaling: scaling, mean: scales[0], width: width, data: path)
        }
        let source = try path.map { path in
            let table = try SeriesReader(configuration.data).read(path, names: series)
            return try SeriesSource(
                table, targets: 0..<table.count, purpose: "evaluation", scaling: scaling, errorScales: scales,
                configuration.forecast)
        }
        return ForecastData(
            series: series, scaling: scaling, errorScales: scales, inputWidth: series.count, outputWidth: series.count,
            horizon: configuration.forecast.horizon, training: nil, validation: source, summary: [])
    }

    private static func adding(_ configuration: RunConfiguration) throws -> ForecastData {
        let generated = configuration.data.generated
        let problem = AddingProblem(seed: generated.seed, length: generated.length)
        let (trained, held) = try configuration.data.heldOutOfGenerated()
        return ForecastData(
            series: [], scaling: nil, errorScales: [], inputWidth: 2, outputWidth: 1, horizon: 1,
            training: AddingSource(problem: problem, examples: 0..<trained),
            validation: held == 0 ? nil : AddingSource(problem: problem, examples: trained..<generated.examples),
            summary: [
                "\(addingPath): \(trained.counted("example")) of \(generated.length) time steps, \(held) held out"
            ])
    }

    var artifacts: [TaskArtifact] {
        [
            TaskArtifact(name: "inputs", texts: [String(inputWidth)]),
            TaskArtifact(name: "series", texts: series),
            TaskArtifact(name: "scaling", texts: scaling?.texts ?? []),
            TaskArtifact(name: "error_scales", texts: errorScales.map { "\($0)" }),
        ]
    }
}

extension ForecastTask {
    package static func forTraining(
        _ configuration: RunConfiguration, team: ThreadTeam, artifacts: [TaskArtifact]?, keepsData: Bool,
        notice: (String) -> Void
    ) throws -> ForecastTask {
        let data = try ForecastData.forTraining(configuration, artifacts: artifacts)
        for line in data.summary { notice(line) }
        if let line = data.naiveForecasts { notice(line) }
        if let line = data.reservation(configuration.forecast) { notice(line) }
        return try ForecastTask(configuration, data, team: team)
    }

    package static func forInference(
        _ configuration: RunConfiguration, artifacts: [TaskArtifact], data path: String?, vectorWidth: Int?,
        team: ThreadTeam
    ) throws -> ForecastTask {
        try ForecastTask(
            configuration, try ForecastData.forInference(configuration, artifacts: artifacts, data: path), team: team)
    }
}
