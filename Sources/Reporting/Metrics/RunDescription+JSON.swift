import Foundation
import Training

extension RunDescription {
    /// The line of `metrics.jsonl` that begins a run, or goes on with it: what a reader needs to understand the others.
    ///
    /// - Parameter elapsedSeconds: Since the program began.
    func startLine(elapsedSeconds: Double) -> JSONObject {
        [
            "event": "start", "step": .integer(startStep), "ranks": .integer(ranks), "threads": .integer(threads),
            "parameters": .integer(parameters), "memory_estimate_bytes": .integer(memoryEstimate),
            "time": .string(Date().ISO8601Format()), "hosts": .array(hosts.map(JSONValue.string)),
            "processor": .string(processor), "loss": .string(lossName),
            "epochs": .integer(configuration.training.epochs), "steps_per_epoch": .integer(stepsPerEpoch),
            "elapsed_seconds": .number(elapsedSeconds),
            // As YAML: what `--set` takes.
            "configuration": .object(JSONObject(configuration.flattened.map { ($0.key, .string($0.value)) })),
        ]
    }
}
