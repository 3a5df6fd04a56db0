import Diagnostics
import Tasks

/// What a report says of one run alone.
struct RunSections {
    private let run: ReportedRun
    private let heading: StaticString
    private var record: RunRecord { run.record }

    /// - Parameter heading: Of each section: `h2`, or `h3` below the heading of the run.
    init(_ run: ReportedRun, heading: StaticString) {
        self.run = run
        self.heading = heading
    }

    var html: HTML { classes + time + epochs + troubles + environment + configuration }

    private func section(_ title: String, _ content: [HTML]) -> HTML {
        .element("section", [.element(heading, HTML(title))] + content)
    }

    // MARK: Classes

    private var classes: HTML {
        guard let classes = record.classes else { return "" }
        var content: [HTML] = []
        if let confusion = classes.confusion {
            let title = "Validation after epoch \(classes.epoch)"
            let picture = ConfusionMatrixPicture(title: title, labels: confusion.labels, counts: confusion.counts)
            content.append(.wideFigure(picture.canvas, label: "Confusion matrix; the pointer shows counts"))
            content.append(.beside([scores(confusion), confusions(confusion)]))
        }
        if !classes.spans.isEmpty { content.append(spans(classes.spans, epoch: classes.epoch)) }
        return section(classes.confusion != nil ? "Classes" : "Types of spans", content)
    }

    private func scores(_ confusion: ConfusionMatrix) -> HTML {
        func percent(_ share: Double?) -> HTML { HTML(share.map(Quantity.percent) ?? Quantity.unknown) }
        let rows = confusion.labels.indices.map { index -> [HTML] in
            let scores = confusion.scores(of: index)
            return [
                HTML(confusion.labels[index]), percent(scores.precision), percent(scores.recall), percent(scores.f1),
                HTML(Quantity.count(scores.examples)),
            ]
        }
        return .table(
            caption: "Each class of the validation data",
            columns: [
                .init("class"), .init("precision", .right), .init("recall", .right), .init("F1", .right),
                .init("examples", .right),
            ], rows: rows)
    }

    /// For those who cannot point at the matrix.
    private func confusions(_ confusion: ConfusionMatrix) -> HTML {
        let shown = confusion.mostFrequentConfusions.prefix(10)
        guard !shown.isEmpty else { return "" }
        return .table(
            caption: "The most frequent confusions",
            columns: [.init("true"), .init("predicted"), .init("count", .right), .init("of true class", .right)],
            rows: shown.map { pair in
                let examples = confusion.counts[pair.row].reduce(0, +)
                return [
                    HTML(confusion.labels[pair.row]), HTML(confusion.labels[pair.column]),
                    HTML(Quantity.count(pair.count)), HTML(Quantity.percent(Double(pair.count) / Double(examples))),
                ]
            })
    }

    private func spans(_ spans: [RunRecord.Classes.Span], epoch: Int) -> HTML {
        func percent(_ share: Double?) -> HTML { HTML(share.map(Quantity.percent) ?? Quantity.unknown) }
        return .table(
            caption: "Spans of the validation data after epoch \(epoch)",
            columns: [.init("span")]
                + ["precision", "recall", "F1", "expected", "found", "correct"].map { .init($0, .right) },
            rows: spans.map { span in
                [HTML(span.type), percent(span.precision), percent(span.recall), percent(span.f1)]
                    + [span.expected, span.found, span.correct].map { HTML(Quantity.count($0)) }
            })
    }

    // MARK: Time

    private var time: HTML {
        guard let time = PhaseSummary(record) else { return "" }
        let what = "training steps of \(time.epochs.counted("epoch")), \(time.ranks.counted("rank"))"
        let bars = TimeBars(title: "Time of \(what)", parts: time.kinds)
        let rows = time.phases.map { phase -> [HTML] in
            let times = time.ranks > 1 ? [phase.mean, phase.least, phase.most] : [phase.mean]
            return [
                HTML(phase.key.replacing("_", with: " ")), HTML(Quantity.percent(phase.mean / max(time.mean, 1e-9))),
            ] + times.map { HTML(Quantity.duration($0)) }
        }
        let titles = ["share"] + (time.ranks > 1 ? ["mean of the ranks", "least", "most"] : ["time"])
        let table = HTML.table(
            caption: "Phases of the \(what)", columns: [.init("phase")] + titles.map { .init($0, .right) }, rows: rows)
        return section("Where the time went", [.beside([.figure(bars.element), table])])
    }

    // MARK: Epochs

    private static let mostRows = 40

    private var epochs: HTML {
        guard let last = record.epochs.last else { return "" }
        let count = record.epochs.count
        let every = (count + Self.mostRows - 1) / Self.mostRows
        let shown: [RunRecord.Epoch] = (1...count).filter { $0 % every == 0 || $0 == count }
            .map { record.epochs[$0 - 1] }
        let training = last.training.first?.name
        let validation = last.validation.map(\.name).filter { !TaskMetrics.Metric.isBaseline($0) }
        func value(_ name: String, _ metrics: [TaskMetrics.Metric]) -> HTML {
            HTML(
                metrics.first { $0.name == name }.map { TaskMetrics.Metric.text(name, $0.value) } ?? Quantity.unknown)
        }
        let rows = shown.map { epoch -> [HTML] in
            var row = [HTML(String(epoch.epoch))]
            if let training { row.append(value(training, epoch.training)) }
            row += validation.map { value($0, epoch.validation) }
            row.append(HTML(epoch.learningRate.map(Quantity.significant) ?? Quantity.unknown))
            row.append(HTML(epoch.seconds.map(Quantity.duration) ?? Quantity.unknown))
            row.append(HTML(epoch.tokensPerSecond.map(Quantity.short) ?? Quantity.unknown))
            return row
        }
        var titles = ["epoch"]
        if let training { titles.append("training \(TaskMetrics.Metric.title(training))") }
        titles += validation.map { "validation \(TaskMetrics.Metric.title($0))" }
        titles += ["learning rate", "time", "tokens/s"]
        return section(
            "Epochs",
            [
                .table(
                    caption: every == 1 ? "Each epoch" : "One of every \(every) epochs",
                    columns: titles.map { .init($0, .right) }, rows: rows)
            ])
    }

    // MARK: What else there is to know

    private var troubles: HTML {
        let shown = record.leftOut.prefix(50)
        let steps = shown.map { step in
            HTML.element("li", "step \(step.step) of epoch \(step.epoch): \(step.reason)")
        }
        let more = record.leftOut.count > shown.count
            ? [HTML.element("li", "and \(record.leftOut.count - shown.count) more")] : []
        let content = (run.remarks.map { HTML.element("p", HTML($0)) })
            + (steps.isEmpty ? [] : [.element("p", "Steps that were left out:"), .element("ul", steps + more)])
        return content.isEmpty ? "" : section("Remarks", content)
    }

    private var environment: HTML {
        let starts = record.starts.map { start -> [HTML] in
            [
                HTML(start.time ?? Quantity.unknown), HTML(Quantity.count(start.step)),
                HTML(start.ranks.map(Quantity.count) ?? Quantity.unknown),
                HTML(start.threads.map(Quantity.count) ?? Quantity.unknown),
                HTML(start.hosts.isEmpty ? Quantity.unknown : start.hosts.joined(separator: ", ")),
                HTML(start.processor ?? Quantity.unknown),
            ]
        }
        var content = [
            HTML.table(
                caption: "Starts of the run",
                columns: [
                    .init("time"), .init("after step", .right), .init("ranks", .right), .init("threads", .right),
                    .init("hosts"), .init("processor"),
                ], rows: starts)
        ]
        if let checkpoint = run.checkpoint {
            content.append(
                .element("p", "Newest good checkpoint: ", .element("code", HTML(checkpoint.path)),
                    " after step \(Quantity.count(checkpoint.step)), its checksum verified."))
            content.append(
                .element(
                    "ul", ["class": "receipt"],
                    ([("digest: " + checkpoint.digest)] + checkpoint.receipt).map { .element("li", HTML($0)) }))
        }
        return section("Environment and receipt", content)
    }

    private var configuration: HTML {
        guard !run.configuration.isEmpty else { return "" }
        let pairs = run.configuration.map { (name: HTML($0.key), value: HTML.element("code", HTML($0.value))) }
        return section("Configuration", [.list("keys", pairs)])
    }
}
