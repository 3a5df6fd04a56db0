import Configuration
import Kernels
import Reporting
import Training

/// How fast a workload ran, where its time went, and what bounds it.
package struct WorkloadReport: Sendable {
    package var name: String
    package var ranks: Int
    package var threads: Int
    package var configuration: RunConfiguration
    /// Of all ranks: bytes are those of the rank with most of them.
    package var measured: StepMeasurement
    /// Of all measured steps and ranks; nil: not known.
    package var operations: Double?
    /// Of all measured steps, on each rank.
    package var parameterBytes: Double
    /// Operations a second of all cores in use.
    package var peak: Double
    /// Bytes a second of all cores in use.
    package var bandwidth: Double
    /// The largest any rank's process had, since the workload began.
    package var peakMemory: Int
    /// What was expected of any rank before its first step.
    package var memoryEstimate = 0

    package init(
        name: String, ranks: Int, threads: Int, configuration: RunConfiguration, measured: StepMeasurement,
        operations: Double?,
        parameterBytes: Double, peak: Double, bandwidth: Double, peakMemory: Int
    ) {
        (self.name, self.ranks, self.threads, self.configuration) = (name, ranks, threads, configuration)
        (self.measured, self.operations, self.parameterBytes) = (measured, operations, parameterBytes)
        (self.peak, self.bandwidth, self.peakMemory) = (peak, bandwidth, peakMemory)
    }

    package var tokensPerSecond: Double { Double(measured.tokens) / measured.seconds }
    package var stepsPerSecond: Double { Double(measured.steps) / measured.seconds }
    /// Of all ranks.
    package var operationsPerSecond: Double? { operations.map { $0 / measured.seconds } }

    /// The part of the cores in use that was the run's; less than 1 where others took their turns.
    package var processorShare: Double { measured.processorSeconds / (measured.seconds * Double(ranks * threads)) }

    /// The share of the ranks' time a phase took.
    package func share(_ phase: StepPhase) -> Double {
        Double(measured.nanoseconds[phase.rawValue]) / Double(max(1, measured.nanoseconds.reduce(0, +)))
    }

    /// Shares of the time that the floors explain: arithmetic at its peak, parameters at the memory's speed, waiting;
    /// and what is left, since the first two may overlap.
    package var floors: (arithmetic: Double, memory: Double, waiting: Double, rest: Double) {
        let arithmetic = (operationsPerSecond ?? 0) / peak
        let memory = parameterBytes * Double(ranks) / bandwidth / measured.seconds
        let waiting = share(.waiting)
        return (arithmetic, memory, waiting, max(0, 1 - max(arithmetic, memory) - waiting))
    }

    /// What binds: the largest floor, or overhead where the floors together explain less than a third of the step.
    package var limit: String {
        let floors = floors
        if operations == nil { return "unknown" }
        if floors.arithmetic + floors.memory + floors.waiting < 1.0 / 3 { return "overhead" }
        let largest = max(floors.arithmetic, floors.memory, floors.waiting)
        return largest == floors.arithmetic ? "arithmetic" : largest == floors.memory ? "memory" : "waiting"
    }

    /// A line that warns of a busy machine; nil: it was not. Threads that wait for work leave their cores as well.
    package var busyWarning: String? {
        guard processorShare < (threads == 1 ? 0.95 : 0.5) else { return nil }
        return
            "\(name): others took their turns on the cores, which worked for it only "
                + "\(Quantity.percent(processorShare)) of the "
            + "time: on an idle machine it is faster"
    }

    /// A line that says why.
    package var roofline: String {
        let floors = floors
        let reason = switch limit {
        case "arithmetic": "bound by arithmetic"
        case "memory": "bound by memory"
        case "waiting": "bound by waiting for the slowest rank"
        case "overhead": "bound by what each step costs besides"
        default: "bound by what its products are not counted for"
        }
        func percent(_ share: Double) -> String { "\(Quantity.fixed(share * 100, decimals: 0)) %" }
        return
            "\(name): \(reason); of a step, products at the peak of multiply-adds would take "
                + "\(percent(floors.arithmetic)), "
            + "parameters at the memory's speed \(percent(floors.memory)), waiting \(percent(floors.waiting))"
    }

    package var json: JSONObject {
        let floors = floors
        return [
            "workload": .string(name), "ranks": .integer(ranks), "threads": .integer(threads),
            "shards": .integer(configuration.training.shards), "batch_size": .integer(configuration.training.batchSize),
            "steps": .integer(measured.steps), "seconds": .number(measured.seconds),
            "tokens_per_second": .number(tokensPerSecond), "steps_per_second": .number(stepsPerSecond),
            "gflops": operationsPerSecond.map { .number($0 * 1e-9) } ?? .null, "fma_peak_gflops": .number(peak * 1e-9),
            "peak_fraction": operationsPerSecond.map { .number($0 / peak) } ?? .null,
            "processor_share": .number(processorShare), "memory_bandwidth_bytes_per_second": .number(bandwidth),
            "peak_memory_bytes": .integer(peakMemory), "memory_estimate_bytes": .integer(memoryEstimate),
            "bytes_sent_per_step": .number(Double(measured.bytesSent) / Double(measured.steps)),
            "time_shares": .object(JSONObject(StepPhase.ofSteps.map { ($0.key, .number(share($0))) })),
            "limit": .string(limit),
            "floor_shares": .object([
                "arithmetic": .number(floors.arithmetic), "memory": .number(floors.memory),
                "waiting": .number(floors.waiting)
            ]),
        ]
    }
}

extension StepPhase {
    /// In the heading of a column.
    fileprivate var title: String {
        switch self {
        case .inputProjection: "input"
        case .recurrence: "recurr."
        case .outputBackward: "output′"
        case .recurrenceBackward: "recurr.′"
        case .inputBackward: "input′"
        case .weightGradients: "weights′"
        case .reduction: "reduce"
        case .optimizer: "optim."
        case .data, .output, .waiting, .packing, .other, .start, .checkpoint: "\(self)"
        }
    }
}

extension [WorkloadReport] {
    /// For people: speeds, where the time goes, what binds.
    package var text: String {
        var speeds = TextTable(
            columns: [.init("workload")]
                + ["tokens/s", "steps/s", "GFLOP/s", "of peak", "memory", "sent a step"].map { .init($0, .right) })
        var times = TextTable(columns: [.init("% of the time")] + StepPhase.ofSteps.map { .init($0.title, .right) })
        for report in self {
            let speed = report.operationsPerSecond
            speeds.add([
                report.name, Quantity.count(Int(report.tokensPerSecond)), Quantity.significant(report.stepsPerSecond),
                speed.map { Quantity.fixed($0 * 1e-9, decimals: 1) } ?? Quantity.unknown,
                speed.map { Quantity.percent($0 / report.peak) } ?? Quantity.unknown,
                Quantity.bytes(report.peakMemory), Quantity.bytes(report.measured.bytesSent / report.measured.steps),
            ])
            times.add([report.name] + StepPhase.ofSteps.map { Quantity.fixed(report.share($0) * 100, decimals: 1) })
        }
        return speeds.text + "\n" + times.text + "\n"
            + (map(\.roofline) + compactMap(\.busyWarning)).map { $0 + "\n" }.joined()
    }
}
