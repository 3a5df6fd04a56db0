import Kernels
import Tasks
import Training

extension EpochReport {
    /// The line of `metrics.jsonl` about an epoch.
    func line(predictedTokensPerSecond: Double?, elapsedSeconds: Double) -> JSONObject {
        var object: JSONObject = ["event": "epoch", "epoch": .integer(epoch + 1), "step": .integer(step)]
        for value in training.values { object["training_\(value.name)"] = .number(value.value) }
        if let validation {
            for value in validation.values { object["validation_\(value.name)"] = .number(value.value) }
        }
        object["learning_rate"] = .number(learningRate)
        object["tokens"] = .integer(plan.tokens)
        object["padding_avoided_tokens"] = .integer(plan.paddingAvoided)
        object["token_imbalance"] = .number(plan.tokenImbalance)
        object["truncated_sequences"] = truncation.map { .integer($0.sequences) } ?? .null
        object["bytes_sent_per_step"] = .integer(bytesSentPerStep)
        object["slowest_rank"] = balance.map { .integer($0.slowestRank) } ?? .null
        object["computing_imbalance"] = balance.map { .number($0.imbalance) } ?? .null
        object["waited_for_slowest_seconds"] = balance.map { .number($0.waitedSeconds) } ?? .null
        object["steps_left_out"] = .integer(stepsLeftOut)
        object["seconds"] = .number(seconds)
        object["tokens_per_second"] = .number(tokensPerSecond)
        if let predictedTokensPerSecond { object["predicted_tokens_per_second"] = .number(predictedTokensPerSecond) }
        object["phase_seconds"] = .object(phaseSeconds)
        object["elapsed_seconds"] = .number(elapsedSeconds)
        return object
    }

    /// What every rank spent in each phase of the epoch's training steps, by rank; phases nobody was in are left out.
    var phaseSeconds: JSONObject {
        var object = JSONObject()
        for phase in StepPhase.ofSteps {
            let times = nanoseconds.map { $0[phase.rawValue] }
            guard times.contains(where: { $0 > 0 }) else { continue }
            // Whole microseconds: ranks by phases make long lines.
            object[phase.key] = .array(times.map { .number(Double(($0 + 500) / 1000) / 1e6) })
        }
        return object
    }
}
