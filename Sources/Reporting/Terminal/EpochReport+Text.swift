import Diagnostics
import Tasks
import Training

extension EpochReport {
    /// Tokens a second of training.
    var tokensPerSecond: Double { Double(tokens) / max(seconds, 1e-9) }

    /// What the terminal shows of an epoch: what was reached, and at what cost.
    func text(epochs: Int, predictedTokensPerSecond: Double?) -> [String] {
        // Per-class averages of what the network is still learning from tell little beside those of the validation.
        let shown = training.values.filter { validation == nil || $0.name != "macro_f1" }
        let reached = "epoch \(epoch + 1)/\(epochs): \(Self.words(shown))"
            + (validation.map { " · validation \(Self.words($0.values))" } ?? "")
        return [reached, "  " + costs(predictedTokensPerSecond).joined(separator: ", ")]
    }

    private func costs(_ predictedTokensPerSecond: Double?) -> [String] {
        var facts = [Quantity.duration(seconds)]
        if let predicted = predictedTokensPerSecond {
            let difference = Quantity.fixed((tokensPerSecond / predicted - 1) * 100, decimals: 0)
            facts.append("predicted \(Quantity.rate(predicted, of: "tokens"))")
            facts.append(
                "measured \(Quantity.short(tokensPerSecond)) (\(difference.hasPrefix("-") ? "" : "+")\(difference) %)")
        } else {
            facts.append(Quantity.rate(tokensPerSecond, of: "tokens"))
        }
        let padded = plan.tokens + plan.paddingAvoided
        facts.append("padding avoided \(Quantity.percent(Double(plan.paddingAvoided) / Double(max(padded, 1))))")
        facts.append("token imbalance between shards \(Quantity.fixed(plan.tokenImbalance, decimals: 3))")
        if let truncation {
            facts.append(
                "truncation at \(truncation.steps.counted("step")) touched \(Quantity.count(truncation.sequences))"
                    + " of \(Quantity.count(truncation.total)) sequences")
        }
        if let balance {
            facts.append(
                "rank \(balance.slowestRank) slowest (\(Quantity.fixed(balance.imbalance, decimals: 2)) times "
                    + "the mean, waited for \(Quantity.duration(balance.waitedSeconds)))")
        }
        if stepsLeftOut > 0 { facts.append("\(stepsLeftOut.counted("step")) left out so far") }
        return facts
    }

    /// `loss 2.1694, accuracy 36.3 %, macro F1 31.9 %`
    private static func words(_ metrics: [TaskMetrics.Metric]) -> String {
        // What a network is measured against is the same in every epoch, and told before the first.
        metrics.filter { !$0.name.contains("naive") }.map { metric in
            switch metric.name {
            case "loss_nats", "loss": "loss \(Quantity.fixed(metric.value, decimals: 4))"
            case "accuracy": "accuracy \(Quantity.percent(metric.value))"
            case "macro_f1": "macro F1 \(Quantity.percent(metric.value))"
            default: "\(metric.name.replacing("_", with: " ")) \(Quantity.fixed(metric.value, decimals: 4))"
            }
        }.joined(separator: ", ")
    }
}
