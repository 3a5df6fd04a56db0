import Diagnostics
import Reporting
import Tasks

/// Metrics for people and for programs.
enum MetricsText {
    static func tables(_ metrics: TaskMetrics, _ remarks: [DataRemark]) -> String {
        var text = metrics.values.map { "\($0.name) \(Quantity.fixed($0.value, decimals: 4))\n" }.joined()
        text += remarks.compactMap(\.text).map { "\($0.withoutControls)\n" }.joined()
        if let spans = metrics.spans { text += "\n" + table(spans) }
        guard let confusion = metrics.confusion else { return text }
        let scores = ClassScoresTable(
            classes: confusion.labels.enumerated().map { index, label in
                let scores = confusion.scores(of: index)
                return .init(
                    label: label, precision: scores.precision, recall: scores.recall, f1: scores.f1,
                    examples: scores.examples)
            }, accuracy: confusion.accuracy, macroF1: confusion.macroF1)
        text += "\n" + scores.text
        text +=
            "\n"
            + ConfusionTable(labels: confusion.labels, counts: confusion.counts).text(
                columns: Terminal.columns(descriptor: 1))
        return text
    }

    /// What `conlleval` prints, as a table.
    private static func table(_ spans: TaskMetrics.SpanTypes) -> String {
        var table = TextTable(
            columns: [.init("span")]
                + ["precision", "recall", "F1", "expected", "found", "correct"].map { .init($0, .right) })
        func add(_ name: String, _ score: SpanScore) {
            table.add(
                [name] + [score.precision, score.recall, score.f1].map(Quantity.percent)
                    + [score.expected, score.predicted, score.correct].map { Quantity.count(Int($0)) })
        }
        for (name, score) in zip(spans.names, spans.scores) { add(name, score) }
        table.addRule()
        add("all", spans.all)
        return table.text
    }

    static func json(_ metrics: TaskMetrics, _ remarks: [DataRemark], checkpoint: String) -> JSONObject {
        var object: JSONObject = ["checkpoint": .string(checkpoint)]
        for value in metrics.values { object[value.name] = .number(value.value) }
        for count in remarks.flatMap(\.counts) { object[count.name] = .integer(count.value) }
        object["remarks"] = .array(remarks.compactMap(\.text).map(JSONValue.string))
        if let spans = metrics.spans {
            object["precision"] = .number(spans.all.precision)
            object["recall"] = .number(spans.all.recall)
            object["spans"] = spans.json
        }
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
