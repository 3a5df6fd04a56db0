import ArgumentParser
import Configuration
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import Tasks
import Training

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure how fast this machine trains, and what bounds it.",
        discussion: """
            rnn-dist bench                                          all reference workloads
            mpirun -n 2 rnn-dist bench --workload lm-lstm650x2      one, on two ranks
            rnn-dist bench --workload ag-rnn16 --set training.optimizer.sparse_rows=lazy
            rnn-dist bench --config config.yaml                     a model and data of yours
            mpirun -n 2 rnn-dist bench --reduction                  sums over the ranks, beside MPI_Allreduce

            Workloads: \(ReferenceWorkload.all.map(\.name).joined(separator: " "))
            Their data is made up at the start. On N ranks the batch is N times as large: each rank keeps the \
            workload's. Training steps are real, but nothing is written.

            --json: a line for each workload, an object with workload, ranks, threads, shards, batch_size (all \
            ranks'), steps, seconds, tokens_per_second, steps_per_second, gflops (the products' operations, null \
            where they are not known), fma_peak_gflops (of the cores in use, measured beside; of bfloat16 numbers \
            where products take them and the processor has instructions for it), peak_fraction, processor_share (of \
            the cores in use: less than 1 where others took turns), memory_bandwidth_bytes_per_second, \
            peak_memory_bytes (of the largest process), memory_estimate_bytes (what was expected before the first \
            step), bytes_sent_per_step (by the rank that sends most), time_shares (\
            \(StepPhase.ofSteps.map(\.key).joined(separator: ", "))), \
            limit (arithmetic, memory, waiting, overhead or unknown), floor_shares (arithmetic, memory, waiting: \
            parts of a step's time that these explain). With --reduction a line for each vector: reduction_bytes, \
            seconds, mpi_allreduce_seconds, ratio, bytes_sent (by the rank that sends most), bytes_sent_bound.
            """)

    @Option(help: "A reference workload; may be repeated. By default all.")
    var workload: [String] = []

    @Option(
        help: "A configuration to measure, its data read as for training.",
        completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: "Measure each at least so long.")
    var seconds = 3.0

    @Option(help: "Size of the workloads' made-up data: texts, or windows of each stream.")
    var examples: Int?

    @Option(help: "Entries of the workloads' vocabulary; the data then read the first 10,000 at most.")
    var vocabulary: Int?

    @Option(
        name: .customLong("set"),
        help: "Override a key: training.shards=1, training.optimizer.sparse_rows=lazy. May be repeated.")
    var overrides: [String] = []

    @Option(help: "Threads of a rank.")
    var threads = 1

    @Option(help: "With --reduction: bytes of the longest vector.")
    var longest = ReductionReport.sizes[ReductionReport.sizes.count - 1]

    @OptionGroup var overlap: OverlapOption

    @Flag(help: "Measure sums over the ranks, of vectors of 4 KiB to 64 MiB, instead of workloads.")
    var reduction = false

    @Flag(help: "A line of JSON for each workload, or each vector.")
    var json = false

    func validate() throws {
        if threads < 1 { throw ValidationError("--threads is \(threads), expected at least 1") }
        if threads > 1024 { throw ValidationError("--threads is \(threads), expected at most 1024") }
        try OptionRange.check("--examples", examples, OptionRange.madeUp)
        try OptionRange.check("--vocabulary", vocabulary, 3...OptionRange.madeUp.upperBound)
        try OptionRange.check("--longest", longest, 4096...1 << 26)
        let ofWorkloads = [("--examples", examples != nil), ("--vocabulary", vocabulary != nil)]
        let ofSteps = ofWorkloads + [
            ("--workload", !workload.isEmpty), ("--config", config != nil), ("--set", !overrides.isEmpty),
            ("--threads", threads != 1),
        ]
        if reduction, let useless = ofSteps.first(where: \.1)?.0 {
            throw ValidationError(
                "--reduction measures sums alone, so that \(useless) is of no use, expected one or the other")
        }
        if config != nil, workload.isEmpty, let useless = ofWorkloads.first(where: \.1)?.0 {
            throw ValidationError(
                "\(useless) is about the data of workloads, expected --workload; a configuration has its own data")
        }
        if !(seconds > 0) || seconds > 86_400 {
            throw ValidationError("--seconds is \(seconds), expected more than 0, at most 86400")
        }
    }

    func run() throws {
        try runOnRanks { communicator in
            let runs = try communicator.onAllRanks { try chosenRuns(communicator) }
            let sizes = "\(examples ?? 0), \(vocabulary ?? 0)"
            let settings = [("--seconds", "\(seconds)"), ("--examples, --vocabulary", sizes)] + runs.flatMap { run in
                run.configuration.flattened.map { ("\(run.name): \($0.key)", $0.value) }
            }
            try communicator.requireEqual(settings)
            if reduction { return try measureReduction(communicator) }
            let overlaps = overlap.overlaps(communicator, threads: threads, cores: try communicator.ownThreads())
            let measuring = try Measuring(
                communicator, team: ThreadTeam(count: threads), overlaps: overlaps, seconds: seconds)
            var reports: [WorkloadReport] = []
            for run in runs {
                if !json, communicator.rank == 0 { sayOnStandardError("\(run.name) …") }
                let report = try measuring.report(run.name, run.configuration) { try run.task(measuring.team) }
                if json, communicator.rank == 0 { print(report.json.text) }
                reports.append(report)
            }
            if !json, communicator.rank == 0 { print(reports.text, terminator: "") }
            return 0
        }
    }

    private func measureReduction(_ communicator: Communicator) throws -> Int32 {
        guard communicator.size > 1 else {
            throw Diagnostic(
                "--reduction", "there is one rank", expected: "at least 2", hint: "start it under mpirun -n 2",
                category: .usage)
        }
        try communicator.requireEqual([("--longest", "\(longest)")])
        let asleep = overlap.overlaps(communicator, threads: 1, cores: try communicator.ownThreads())
        let sizes = ReductionReport.sizes.filter { $0 <= longest }
        let reports = try sizes.map { bytes in
            let report = try ReductionReport(
                communicator, bytes: bytes, asleep: asleep, seconds: seconds / Double(sizes.count))
            if json, communicator.rank == 0 { print(report.json.text) }
            return report
        }
        if !json, communicator.rank == 0 { print(reports.text, terminator: "") }
        return 0
    }

    private struct Run {
        var name: String
        var configuration: RunConfiguration
        var task: (ThreadTeam) throws -> any SequenceTask
    }

    private func chosenRuns(_ communicator: Communicator) throws -> [Run] {
        let names = workload.isEmpty && config == nil ? ReferenceWorkload.all.map(\.name) : workload
        var runs = try names.map { name in
            let workload = try ReferenceWorkload.named(name)
            let configuration = try overridden(workload.configuration(ranks: communicator.size), communicator)
            let size = ReferenceWorkload.DataSize(examples: examples, vocabulary: vocabulary)
            return Run(name: name, configuration: configuration) {
                try workload.task(configuration, size: size, team: $0)
            }
        }
        if let config {
            let configuration = try overridden(RunConfiguration.read(file: config), communicator)
            runs.append(
                Run(name: config, configuration: configuration) { team in
                    try TaskRegistry.task(configuration).forTraining(configuration, team: team, artifacts: nil) { _ in }
                })
        }
        return runs
    }

    private func overridden(
        _ configuration: RunConfiguration, _ communicator: Communicator
    ) throws -> RunConfiguration {
        let configuration = overrides.isEmpty ? configuration : try configuration.applying(overrides)
        _ = try ShardTree(shards: configuration.training.shards, ranks: communicator.size)
        return configuration.training(
            in: .now, host: communicator.host, ranks: communicator.ranksOnThisHost.count)
    }
}
