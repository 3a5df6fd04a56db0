import Foundation
import Tasks
import Training

extension RunStatus {
    /// What a terminal shows of the run, lines ended by a line feed.
    ///
    /// - Parameters:
    ///   - columns: Width of the terminal.
    ///   - checkpoint: The newest one; nil: there is none.
    package func text(columns: Int, checkpoint: NewestCheckpoint?) -> String {
        var lines = ["\(record.folder.withoutControls): \(sentence.withoutControls)"]
        if record.starts.isEmpty {
            lines.append("training has not begun")
        } else {
            lines.append(progress.text(columns: columns))
        }
        let losses = recentLosses
        if losses.values.count > 1, let first = losses.values.first, let last = losses.values.last {
            let head = "\(losses.name) \(Quantity.significant(first)) "
            let tail = " \(Quantity.significant(last))"
            let room = min(60, columns - head.utf8.count - tail.utf8.count)
            if room >= 8 { lines.append(head + Sparkline.text(losses.values, columns: room) + tail) }
        }
        var facts: [String] = []
        if let norm = record.steps.last?.gradientNorm { facts.append("gradient norm \(Quantity.significant(norm))") }
        if let rate = record.steps.last?.learningRate { facts.append("learning rate \(Quantity.significant(rate))") }
        let leftOut = record.leftOut.count
        if leftOut > 0 { facts.append("\(leftOut.counted("step")) left out") }
        if !facts.isEmpty { lines.append(facts.joined(separator: ", ")) }
        if let epoch = record.epochs.last {
            let metrics = epoch.validation.isEmpty ? epoch.training : epoch.validation
            let kind = epoch.validation.isEmpty ? "training" : "validation"
            let words = metrics.filter { !TaskMetrics.Metric.isBaseline($0.name) }.map {
                "\(TaskMetrics.Metric.title($0.name)) \(TaskMetrics.Metric.text($0.name, $0.value))"
            }
            lines.append("epoch \(epoch.epoch), \(kind): " + words.joined(separator: ", "))
        }
        lines.append(
            checkpoint.map { "newest checkpoint: step \($0.step), \(Self.span($0.age)) ago" } ?? "no checkpoint yet")
        return lines.map { TerminalText.truncated(TerminalText.printable($0), columns: columns) + "\n" }.joined()
    }

    /// Of the logged steps, or, where none are logged, of the epochs.
    private var recentLosses: (name: String, values: [Double]) {
        let steps = record.steps.compactMap(\.loss)
        return steps.count > 1
            ? ("loss by step", steps.suffix(240)) : ("training loss", record.epochs.compactMap { $0.training.first?.value })
    }

    /// The same for programs.
    package func json(checkpoint: NewestCheckpoint?) -> JSONObject {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        var object: JSONObject = [
            "run": .string(record.folder), "state": .string("\(life)"),
            "reason": record.end?.reason.map { .string($0) } ?? .null, "age_seconds": .number(age),
            "usual_silence_seconds": number(usualSilence), "step": .integer(record.newestStep),
            "epochs_done": number(epochsDone), "epochs": record.starts.last?.epochs.map { .integer($0) } ?? .null,
            "seconds_left": number(progress.secondsLeft), record.lossName: number(record.steps.last?.loss),
            "gradient_norm": number(record.steps.last?.gradientNorm),
            "learning_rate": number(record.steps.last?.learningRate),
            "tokens_per_second": number(progress.tokensPerSecond),
            "steps_left_out": .integer(record.leftOut.count),
        ]
        for metric in record.epochs.last?.training ?? [] { object["training_\(metric.name)"] = .number(metric.value) }
        for metric in record.epochs.last?.validation ?? [] {
            object["validation_\(metric.name)"] = .number(metric.value)
        }
        object["checkpoint"] = checkpoint.map {
            .object(["path": .string($0.path), "step": .integer($0.step), "age_seconds": .number($0.age)])
        } ?? .null
        object["digest"] = record.end?.digest.map { .string($0) } ?? .null
        return object
    }
}

/// The newest checkpoint of a run, not opened.
package struct NewestCheckpoint {
    package var path: String
    package var step: Int
    /// Seconds since it was written.
    package var age: Double

    /// - Parameter run: The run's folder.
    /// - Returns: nil where there is none, or none can be seen.
    package init?(run: String, now: Date) {
        guard let newest = (try? CheckpointFolder(run: run).generations)?.first else { return nil }
        let attributes = try? FileManager.default.attributesOfItem(atPath: newest.path)
        guard let written = attributes?[.modificationDate] as? Date else { return nil }
        (path, step, age) = (newest.path, newest.step, max(0, now.timeIntervalSince(written)))
    }
}
