import Tasks

extension TaskMetrics.Metric {
    /// Whether less of it is better; else more is.
    package static func isLessBetter(_ name: String) -> Bool {
        ["loss", "perplexity", "bits", "mae", "rmse", "mase", "error"].contains { name.contains($0) }
    }

    /// What a network is measured against, the same in every epoch.
    package static func isBaseline(_ name: String) -> Bool { name.contains("naive") || name.contains("memoryless") }

    /// In words: `loss (nats)`, `macro F1`, `bits per character`.
    package static func title(_ name: String) -> String {
        switch name {
        case "loss_nats": "loss (nats)"
        case "macro_f1": "macro F1"
        case "f1": "F1"
        case "bleu": "BLEU"
        default:
            name.split(separator: "_").map {
                ["mae", "rmse", "mase"].contains($0) ? $0.uppercased() : String($0)
            }.joined(separator: " ")
        }
    }

    /// Shares of one as per cent, all else with four digits.
    package static func text(_ name: String, _ value: Double) -> String {
        ["accuracy", "recalled"].contains(name) || name.hasSuffix("f1")
            ? Quantity.percent(value) : Quantity.significant(value)
    }
}

extension RunRecord {
    /// The best value of a metric of validation and its epoch; nil: it was never measured.
    package func best(_ name: String) -> (value: Double, epoch: Int)? {
        var best: (value: Double, epoch: Int)?
        for epoch in epochs {
            guard let value = epoch.validation.first(where: { $0.name == name })?.value else { continue }
            let isBetter = best.map {
                TaskMetrics.Metric.isLessBetter(name) ? value < $0.value : value > $0.value
            } ?? true
            if isBetter { best = (value, epoch.epoch) }
        }
        return best
    }
}
