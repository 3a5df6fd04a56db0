import MessagePassing
import Reporting

/// What would make a run faster, by the model's own account.
package enum PlanAdvice {
    /// Less is within what a prediction may be wrong by.
    private static let leastGain = 1.1

    /// - Parameters:
    ///   - batchSize: Of the configuration.
    ///   - shards: Of the configuration, which may be fewer than the run needs.
    package static func lines(_ model: StepModel, _ links: Links, batchSize: Int, shards: Int) -> [String] {
        let now = model.prediction(links)
        var lines: [String] = []
        if model.shards != shards {
            lines.append("needs training.shards=\(model.shards), which changes what is trained")
        }
        if model.ranks > batchSize {
            lines.append(
                "\(model.ranks - batchSize) of them have nothing to do with training.batch_size=\(batchSize)")
        }
        func add(_ setting: String, _ gain: Double, _ condition: String = "") {
            if gain >= leastGain {
                lines.append("\(setting) would make it \(Quantity.fixed(gain, decimals: 1)) times as fast\(condition)")
            }
        }
        if model.ranks > 1, model.wire == .float32 {
            var half = model
            half.wire = .bfloat16
            add("training.wire=bfloat16", now.seconds / half.prediction(links).seconds)
        }
        if model.ranks & (model.ranks - 1) != 0 {
            // With many shards to a rank, ranks have about as many; a sum in slices stays as it is.
            let even = 1 + (model.imbalance - 1) * Double(model.ranks) / Double(4 * model.shards)
            var more = model
            more.imbalance = min(model.imbalance, even)
            add(
                "training.shards=\(4 * model.shards)", now.seconds / more.prediction(links).seconds,
                ", its ranks having about equally many")
        }
        // As little as needs be: larger minibatches are fewer steps.
        for factor in [2, 4] {
            let gain = Double(factor) * now.seconds / model.prediction(links, batch: Double(factor)).seconds
            guard gain >= 1.25 else { continue }
            add(
                "training.batch_size=\(factor * batchSize)", gain,
                " in tokens a second, in \(factor == 2 ? "half" : "a quarter") as many steps")
            break
        }
        return lines
    }
}
