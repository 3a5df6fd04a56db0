import Diagnostics
import Foundation
import Tasks

extension ReportedRun {
    /// What is to be said of the run in a line each, the most important first.
    ///
    /// - Parameter now: To tell how long a run that has not ended has said nothing.
    func facts(now: Date) -> [(name: String, value: String)] {
        var facts = [("state", RunStatus(record, now: now).sentence)]
        if let task = setting("task") { facts.append(("task", task)) }
        facts += quality
        facts.append(("epochs", epochsText))
        facts.append(("optimizer steps", Quantity.count(record.newestStep)))
        if let best = record.end?.bestStep { facts.append(("best checkpoint", "step \(Quantity.count(best))")) }
        let seconds = record.epochs.compactMap(\.seconds).reduce(0, +)
        if seconds > 0 {
            let validation = record.validations.compactMap(\.seconds).reduce(0, +)
            facts.append(("training steps took", Quantity.duration(seconds)))
            if validation > 0 { facts.append(("validation took", Quantity.duration(validation))) }
            // Of epochs that were gone on with inside, the log counts what was seen after that.
            let tokens = record.epochs.reduce(0) { $0 + ($1.tokensPerSecond ?? 0) * ($1.seconds ?? 0) }
            facts.append(("throughput", Quantity.rate(tokens / seconds, of: "tokens")))
        }
        if let padding { facts.append(("padding avoided", padding)) }
        if let start = record.starts.last {
            if let parameters = start.parameters { facts.append(("parameters", Quantity.count(parameters))) }
            if let ranks = start.ranks, let threads = start.threads {
                facts.append(("ran on", "\(ranks.counted("rank")) × \(threads.counted("thread"))"))
            }
            if let memory = start.memoryEstimate {
                facts.append(("memory of a rank, about", Quantity.bytes(memory)))
            }
        }
        if let bytes = record.epochs.last?.bytesSentPerStep, bytes > 0 {
            facts.append(("sent by rank 0 in a step", Quantity.bytes(bytes)))
        }
        let leftOut = max(record.leftOut.count, record.epochs.last?.stepsLeftOut ?? 0)
        if leftOut > 0 { facts.append(("steps left out", Quantity.count(leftOut))) }
        return facts
    }

    /// The last validation's metrics, with the best of each where that was another epoch.
    private var quality: [(name: String, value: String)] {
        guard let last = record.epochs.last else { return [] }
        let isValidated = !last.validation.isEmpty
        return (isValidated ? last.validation : last.training).map { metric in
            typealias Metric = TaskMetrics.Metric
            var text = Metric.text(metric.name, metric.value)
            if let best = record.best(metric.name), best.value != metric.value, !Metric.isBaseline(metric.name) {
                text += " (best \(Metric.text(metric.name, best.value)) after epoch \(best.epoch))"
            }
            return ("\(isValidated ? "validation" : "training") \(Metric.title(metric.name))", text)
        }
    }

    private var epochsText: String {
        let done = record.epochs.last?.epoch ?? 0
        return record.starts.last?.epochs.map { "\(done) of \($0)" } ?? "\(done)"
    }

    private var padding: String? {
        let avoided = record.epochs.compactMap(\.paddingAvoided).reduce(0, +)
        let tokens = record.epochs.compactMap(\.tokens).reduce(0, +)
        guard tokens > 0 else { return nil }
        return Quantity.percent(Double(avoided) / Double(tokens + avoided))
    }
}
