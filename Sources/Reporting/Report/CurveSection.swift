import Tasks

/// The curves of a report: each metric by epoch, and what was logged of the steps.
struct CurveSection {
    private let runs: [ReportedRun]

    init(_ runs: [ReportedRun]) { self.runs = runs }

    var html: HTML {
        let figures = ofEpochs + ofSteps
        let content: HTML = figures.isEmpty
            ? .element("p", "No epoch has ended yet, and no step has been logged.")
            : .element("div", ["class": "figures"], figures.map { HTML.figure(element(of: $0)) })
        return .element("section", .element("h2", "Curves"), content)
    }

    /// Small enough to be read on a telephone, large enough for two side by side.
    private func element(of curve: LossCurve) -> String {
        var curve = curve
        curve.size = (480, 330)
        return curve.element
    }

    private typealias Points = [(x: Double, y: Double)]

    private var ofEpochs: [LossCurve] {
        var names: [String] = []
        for metric in runs.flatMap({ $0.record.epochs.flatMap { $0.training + $0.validation } })
        where !names.contains(metric.name) && !TaskMetrics.Metric.isBaseline(metric.name) {
            names.append(metric.name)
        }
        return names.flatMap { name in
            let training = runs.map { trainingPoints($0.record, name) }
            let validation = runs.map { validationPoints($0.record, name) }
            let title = TaskMetrics.Metric.title(name)
            if runs.count == 1 {
                return [curve(title, [("training", training[0]), ("validation", validation[0])])]
            }
            // A curve a run: both kinds in one picture would be twice as many.
            return [("training ", training), ("validation ", validation)].map { kind, points in
                curve(kind + title, zip(runs.map(\.name), points).map { ($0, $1) })
            }
        }.compactMap { $0 }

        func curve(_ title: String, _ series: [(String, Points)]) -> LossCurve? {
            let present = series.filter { !$0.1.isEmpty }
            guard !present.isEmpty else { return nil }
            return LossCurve(
                title: title, xLabel: "epoch", yLabel: title,
                series: present.map { .init(name: TerminalText.truncated($0.0, columns: 28), points: $0.1) })
        }
    }

    private func trainingPoints(_ record: RunRecord, _ name: String) -> Points {
        record.epochs.compactMap { epoch in value(name, epoch.training).map { (Double(epoch.epoch), $0) } }
    }

    /// Those inside an epoch among them.
    private func validationPoints(_ record: RunRecord, _ name: String) -> Points {
        let ends = record.epochs.compactMap { epoch in
            value(name, epoch.validation).map { (x: Double(epoch.epoch), y: $0) }
        }
        guard record.validations.count > record.epochs.count else { return ends }
        return record.validations.compactMap { validation in
            guard let value = value(name, validation.values), let x = record.epochs(at: validation.step) else {
                return nil
            }
            return (x, value)
        }
    }

    private func value(_ name: String, _ metrics: [TaskMetrics.Metric]) -> Double? {
        metrics.first { $0.name == name }?.value
    }

    private var ofSteps: [LossCurve] {
        let kinds: [(title: String, unit: String, value: (RunRecord.Step) -> Double?)] = [
            ("loss of single minibatches", TaskMetrics.Metric.title(runs[0].record.lossName), \.loss),
            ("gradient norm before clipping", "norm", \.gradientNorm),
            ("learning rate", "learning rate", \.learningRate),
            ("throughput", "tokens/s", \.tokensPerSecond),
        ]
        return kinds.compactMap { kind in
            let series = runs.map { run in
                LossCurve.Series(
                    name: runs.count == 1 ? kind.title : TerminalText.truncated(run.name, columns: 28),
                    points: run.record.steps.compactMap { step in kind.value(step).map { (Double(step.step), $0) } })
            }.filter { $0.points.count > 1 }
            guard !series.isEmpty else { return nil }
            return LossCurve(title: kind.title, xLabel: "step", yLabel: kind.unit, series: series)
        }
    }
}
