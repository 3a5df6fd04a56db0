import Diagnostics
import Reporting

/// What a run would take on several numbers of ranks, before it is begun.
package struct RunPlan: Sendable {
    /// What a user calls the configuration.
    package var name: String
    /// Tells configurations apart: that of a run, and the one that was planned.
    package var configurationDigest: String
    package var batchSize: Int
    package var parameters: Int
    package var checkpointBytes: Int
    package var threads: Int
    package var tokensPerEpoch: Int
    package var stepsPerEpoch: Int
    /// Of the products of a step, all ranks together; nil: not known.
    package var operations: Double?
    /// To and from each rank's memory in a step, which parameters alone cause.
    package var parameterBytes: Double
    /// How the hosts are connected; nil: none of the runs has two.
    package var network: NetworkSpeed?
    package var ranksPerHost: Int
    /// Ranks that measured at the same time.
    package var measuringRanks: Int
    package var isLocalMeasured: Bool
    package var runs: [Run] = []

    /// On one number of ranks.
    package struct Run: Sendable {
        package var ranks: Int
        package var hosts: Int
        package var shards: Int
        /// Bytes that rank 0 takes.
        package var memory: Int
        /// By the rank that sends most in a step, in tree sums.
        package var bytesSent: Int
        package var step: StepPrediction
        package var tokensPerSecond: Double
        /// Of as many times the speed of one rank.
        package var efficiency: Double
        package var epochSeconds: Double
        /// What would help, in words.
        package var advice: [String]
        /// Of the measurement: less than 1 where others took turns on the cores.
        package var processorShare = 1.0

        package init(
            ranks: Int, hosts: Int, shards: Int, memory: Int, bytesSent: Int, step: StepPrediction,
            tokensPerSecond: Double, efficiency: Double, epochSeconds: Double, advice: [String]
        ) {
            (self.ranks, self.hosts, self.shards, self.memory) = (ranks, hosts, shards, memory)
            (self.bytesSent, self.step, self.tokensPerSecond) = (bytesSent, step, tokensPerSecond)
            (self.efficiency, self.epochSeconds, self.advice) = (efficiency, epochSeconds, advice)
        }
    }

    package init(
        name: String, configurationDigest: String, batchSize: Int, parameters: Int, checkpointBytes: Int, threads: Int,
        tokensPerEpoch: Int, stepsPerEpoch: Int, operations: Double?, parameterBytes: Double, network: NetworkSpeed?,
        ranksPerHost: Int, measuringRanks: Int, isLocalMeasured: Bool
    ) {
        (self.name, self.configurationDigest, self.batchSize) = (name, configurationDigest, batchSize)
        (self.parameters, self.checkpointBytes, self.threads) = (parameters, checkpointBytes, threads)
        (self.tokensPerEpoch, self.stepsPerEpoch) = (tokensPerEpoch, stepsPerEpoch)
        (self.operations, self.parameterBytes, self.network) = (operations, parameterBytes, network)
        (self.ranksPerHost, self.measuringRanks) = (ranksPerHost, measuringRanks)
        self.isLocalMeasured = isLocalMeasured
    }
}

extension RunPlan {
    package var json: JSONObject {
        [
            "configuration": .string(name), "configuration_sha256": .string(configurationDigest),
            "batch_size": .integer(batchSize), "parameters": .integer(parameters),
            "checkpoint_bytes": .integer(checkpointBytes), "threads": .integer(threads),
            "tokens_per_epoch": .integer(tokensPerEpoch), "steps_per_epoch": .integer(stepsPerEpoch),
            "flops_per_step": operations.map { .number($0) } ?? .null,
            "parameter_bytes_per_step": .number(parameterBytes),
            "network": network.map { .string($0.text) } ?? .null, "ranks_per_host": .integer(ranksPerHost),
            "measuring_ranks": .integer(measuringRanks),
            "runs": .array(runs.map { .object($0.json) }),
        ]
    }

    /// For people: a table, and below it what limits each run and what would help.
    package var text: String {
        var table = TextTable(
            columns: ["ranks", "hosts", "memory a rank", "sent a step", "step", "tokens/s", "efficiency", "epoch"].map {
                .init($0, .right)
            } + [.init("limited by")])
        for run in runs {
            table.add([
                Quantity.count(run.ranks), Quantity.count(run.hosts), Quantity.bytes(run.memory),
                Quantity.bytes(run.bytesSent), "\(Quantity.significant(run.step.seconds * 1000)) ms",
                Quantity.count(Int(run.tokensPerSecond)), Quantity.percent(run.efficiency),
                Quantity.duration(run.epochSeconds), run.limitText,
            ])
        }
        let tokens = tokensPerEpoch / max(1, stepsPerEpoch)
        var facts = "\(name): \(Quantity.count(parameters)) parameters, a checkpoint of "
            + "\(Quantity.bytes(checkpointBytes)); \(Quantity.count(stepsPerEpoch)) steps of \(Quantity.count(tokens)) "
            + "tokens an epoch"
        if let operations { facts += ", each \(Quantity.short(operations)) operations" }
        facts += ", parameters to and from memory \(Quantity.bytes(Int(parameterBytes)))\n"
        facts += "measured on \(measuringRanks == 1 ? "one rank" : "\(measuringRanks) ranks"), "
            + "\(threads == 1 ? "one thread" : "\(threads) threads") each"
        if let network { facts += "; \(ranksPerHost) a host, network: \(network.text)" }
        let many = runs.contains { $0.ranks > 1 }
        if !isLocalMeasured && many && ranksPerHost > 1 {
            facts += "; what ranks of one host take from each other is assumed: measure it with mpirun -n "
                + "\(ranksPerHost)"
        }
        let advice = runs.flatMap { run in run.advice.map { "\(run.ranks.counted("rank")): \($0)\n" } }
        var text = facts + "\n\n" + table.text + (advice.isEmpty ? "" : "\n" + advice.joined())
        if let share = runs.map(\.processorShare).min(), share < (threads == 1 ? 0.95 : 0.5) {
            text += "\nothers took their turns on the cores, which worked for the measurement only "
                + "\(Quantity.percent(share)) of the time: on an idle machine all is faster\n"
        }
        return text
    }
}

extension RunPlan.Run {
    fileprivate var json: JSONObject {
        [
            "ranks": .integer(ranks), "hosts": .integer(hosts), "shards": .integer(shards),
            "memory_bytes": .integer(memory), "bytes_sent_per_step": .integer(bytesSent),
            "step_seconds": .number(step.seconds), "tokens_per_second": .number(tokensPerSecond),
            "efficiency": .number(efficiency), "epoch_seconds": .number(epochSeconds),
            "limit": .string(step.limit),
            "time_seconds": .object([
                "products": .number(step.products), "imbalance": .number(step.imbalance),
                "updates": .number(step.updates), "communication": .number(step.communication),
                "hidden_communication": .number(step.hidden), "beyond_model": .number(step.beyondModel),
            ]),
            "advice": .array(advice.map { .string($0) }), "processor_share": .number(processorShare),
        ]
    }

    /// `communication (62.0 %)`
    fileprivate var limitText: String {
        let part = switch step.limit {
        case "communication": step.communication
        case "updates": step.updates
        case "imbalance": step.imbalance
        default: step.products
        }
        return "\(step.limit) (\(Quantity.percent(part / max(step.seconds, 1e-12))))"
    }
}
