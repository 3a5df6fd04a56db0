import Tasks

extension TaskMetrics {
    /// The line of `metrics.jsonl` that tells what became of each class, or each type of span, at the end of an epoch;
    /// nil: the task has neither.
    package func classesLine(epoch: Int, step: Int) -> JSONObject? {
        guard confusion != nil || spans != nil else { return nil }
        var object: JSONObject = ["event": "classes", "epoch": .integer(epoch), "step": .integer(step)]
        if let confusion {
            object["labels"] = .array(confusion.labels.map(JSONValue.string))
            object["confusions"] = .array(confusion.present.map { .array([.integer($0), .integer($1), .integer($2)]) })
        }
        if let spans { object["spans"] = spans.json }
        return object
    }
}

extension TaskMetrics.SpanTypes {
    /// One object a type, in order.
    public var json: JSONValue {
        .array(
            zip(names, scores).map { name, score in
                .object([
                    "type": .string(name), "precision": .number(score.precision), "recall": .number(score.recall),
                    "f1": .number(score.f1), "expected": .integer(Int(score.expected)),
                    "found": .integer(Int(score.predicted)), "correct": .integer(Int(score.correct)),
                ])
            })
    }
}

extension ConfusionMatrix {
    /// True class, predicted class and count where that is not 0: many classes make a matrix that is mostly zeros.
    fileprivate var present: [(Int, Int, Int)] {
        counts.enumerated().flatMap { row, line in
            line.enumerated().compactMap { column, count in count > 0 ? (row, column, count) : nil }
        }
    }
}
