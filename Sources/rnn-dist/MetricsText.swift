import Reporting
import Tasks

/// Metrics for people and for programs.
enum MetricsText {
    static func tables(_ metrics: TaskMetrics) -> String {
        var text = metrics.values.map { "\($0.name) \(Quantity.fixed($0.value, decimals: 4))\n" }.joined()
        guard let confusion = metrics.confusion else { return text }
        let scores = ClassScoresTable(
            classes: confusion.labels.enumerated().map { index, label in
                let scores = confusion.scores(of: index)
                return .init(
                    label: label, precision: scores.precision, recall: scores.recall, f1: scores.f1, examples: scores.examples)
            }, accuracy: confusion.accuracy, macroF1: confusion.macroF1)
        text += "\n" + scores.text
        text += "\n" + ConfusionTable(labels: confusion.labels, counts: confusion.counts).text(columns: Terminal.columns(descriptor: 1))
        return text
    }

    static func json(_ metrics: TaskMetrics, checkpoint: String) -> JSONObject {
        var object: JSONObject = ["checkpoint": .string(checkpoint)]
        for value in metrics.values { object[value.name] = .number(value.value) }
        guard let confusion = metrics.confusion else { return object }
        object["examples"] = .integer(confusion.total)
        object["classes"] = .array(
            confusion.labels.enumerated().map { index, label in
                let scores = confusion.scores(of: index)
                return .object([
                    "label": .string(label), "precision": scores.precision.map { .number($0) } ?? .null,
                    "recall": scores.recall.map { .number($0) } ?? .null, "f1": scores.f1.map { .number($0) } ?? .null,
                    "examples": .integer(scores.examples),
                ])
            })
        object["confusion_matrix"] = .array(confusion.counts.map { .array($0.map { .integer($0) }) })
        return object
    }
}
