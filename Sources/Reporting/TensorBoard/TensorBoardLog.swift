import Configuration
import Tasks
import Training

/// Shows a run in TensorBoard: event files in `tensorboard/` in the run's folder.
///
/// What `metrics.jsonl` has of a step is a scalar here, with the same number; it is never read back.
package final class TensorBoardLog {
    private let file: EventFile
    private let histogramsEveryEpochs: Int?
    private var hasLegend = false

    /// - Parameters:
    ///   - host: For the file's name: the one that writes it.
    ///   - step: Optimizer steps already made.
    package init(folder: String, host: String, _ configuration: RunConfiguration, afterStep step: Int) throws {
        histogramsEveryEpochs = configuration.reporting.histogramsEveryEpochs
        // What a run that begins anew left there before its first step goes, too.
        let first = step == 0 ? 0 : step + 1
        file = try EventFile(in: folder, host: host, purging: first)
        try file.add([.text("configuration", configuration.yaml(comments: false))], step: first)
    }

    /// A line of `metrics.jsonl`.
    package func add(_ line: JSONObject) throws {
        guard case .integer(let step) = line["step"], case .string(let event) = line["event"] else { return }
        try file.add(
            line.members.compactMap { key, value in
                guard let tag = Self.tag(event, key), let number = value.number, number.isFinite else { return nil }
                return .scalar(tag, number)
            }, step: step)
    }

    /// What an epoch has besides numbers.
    func add(_ epoch: EpochReport) throws {
        if let confusion = epoch.validation?.confusion { try add(confusion, step: epoch.step) }
        guard let every = histogramsEveryEpochs, (epoch.epoch + 1) % every == 0 else { return }
        try add(epoch.weights, as: "weights", step: epoch.step)
        if let gradient = epoch.gradient { try add(gradient, as: "gradients", step: epoch.step) }
    }

    /// A picture, and once what its rows and columns are; none where there are more classes than it has room for.
    package func add(_ confusion: ConfusionMatrix, step: Int) throws {
        guard let image = ConfusionImage(confusion) else { return }
        try file.add([.image("validation/confusion", image)], step: step)
        if !hasLegend { try file.add([.text("validation/confusion_classes", image.legend)], step: step) }
        hasLegend = true
    }

    /// A histogram of each parameter that has numbers, all of them finite.
    package func add(_ values: ParameterValues, as kind: String, step: Int) throws {
        // One at a time: all of a large model's are not in memory at once.
        try values.forEach { name, numbers in
            guard let histogram = Tensorboard_HistogramProto(numbers, times: values.factor) else { return }
            try file.add([.histogram("\(kind)/\(name)", histogram)], step: step)
        }
    }

    package func close() throws { try file.close() }

    /// What is learnt from and what is not stand apart; what an epoch repeats of its validation is not said twice.
    ///
    /// - Returns: nil: nothing to draw a curve of.
    private static func tag(_ event: String, _ key: String) -> String? {
        if key == "epoch" || key == "step" { return nil }
        switch event {
        case "step", "validation": return "\(event)/\(key)"
        case "epoch" where key.hasPrefix("validation_"): return nil
        case "epoch" where key.hasPrefix("training_"): return "training/\(key.dropFirst("training_".count))"
        case "epoch": return "epoch/\(key)"
        default: return nil
        }
    }
}

extension JSONValue {
    /// nil: it is none.
    fileprivate var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .float(let value): Double(value)
        default: nil
        }
    }
}
