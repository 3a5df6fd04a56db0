import Configuration
import Diagnostics
import Kernels
import SequenceData

extension ForecastData {
    /// Reads sequences with a number each, and fits the scaling of the numbers on those to train on.
    static func regression(_ configuration: RunConfiguration) throws -> ForecastData {
        let data = configuration.data
        let read = try NumberedSequences(data.train, data)
        var held: NumberedSequences?
        var training = read
        if let path = data.validation {
            held = try NumberedSequences(path, data)
        } else if data.holdsOut {
            let stream = RandomStream(seed: configuration.seed, purpose: .heldOut)
            let isHeld = { (example: Int) in stream.uniform(UInt64(example)) < data.validationFraction }
            training = read.selecting { !isHeld($0) }
            held = read.selecting(isHeld)
            try data.requireHeldOut(held?.targets.count ?? 0, of: read.targets.count, "examples")
        }
        let count = training.targets.count
        guard count > 0 else {
            throw Diagnostic("data.validation_fraction", "all \(read.targets.count) examples are held out", expected: "some to train on")
        }
        let scaling = try SeriesScaling(fitting: training.targets, times: 0..<count, configuration.forecast)
        let mean = training.targets.values.reduce(0, +) / Double(count)
        if let held { try check(held, width: read.sequences.featureWidth) }
        return ForecastData(
            series: [], scaling: scaling, errorScales: [mean], inputWidth: read.sequences.featureWidth, outputWidth: 1, horizon: 1,
            training: try RegressionSource(training, scaling: scaling, mean: mean),
            validation: try held.map { try RegressionSource($0, scaling: scaling, mean: mean) },
            summary: ["\(data.train): \(count.counted("sequence")) to train on, \(held?.targets.count ?? 0) to validate on"])
    }

    /// The scaling of a checkpoint, and perhaps sequences to evaluate.
    static func regression(
        _ configuration: RunConfiguration, scaling: SeriesScaling, mean: Double, width: Int, data path: String?
    ) throws -> ForecastData {
        let source = try path.map { path in
            let read = try NumberedSequences(path, configuration.data)
            try check(read, width: width)
            return try RegressionSource(read, scaling: scaling, mean: mean)
        }
        return ForecastData(
            series: [], scaling: scaling, errorScales: [mean], inputWidth: width, outputWidth: 1, horizon: 1, training: nil,
            validation: source, summary: [])
    }

    private static func check(_ read: NumberedSequences, width: Int) throws {
        guard read.sequences.featureWidth == width else {
            throw Diagnostic(
                read.targets.source, "its time steps have \(read.sequences.featureWidth.counted("value"))", expected: "\(width) as in training")
        }
    }
}
