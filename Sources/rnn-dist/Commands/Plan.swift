import ArgumentParser
import Configuration
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import Reporting
import Tasks
import Training

struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what training would take on several numbers of ranks, without training.",
        discussion: """
            rnn-dist plan config.yaml --ranks 1,2                                ranks of this host, no more than cores
            mpirun -n 2 rnn-dist plan config.yaml --ranks 1,2,8,64 --network 10Gbit,50us
            rnn-dist plan config.yaml --ranks 8 --json > plan.json               for rnn-dist train --plan plan.json

            For each number of ranks some steps are made of the part of a minibatch that one rank would have. What \
            ranks tell each other is counted, message by message, and its time computed from a latency and a bandwidth. \
            Started under mpirun, its ranks measure at the same time, as they would train, and what messages take \
            between ranks of a host; then they make some real steps, and what these take beyond the model is added for \
            every number of ranks. Nothing is written.

            --json: configuration, configuration_sha256, batch_size, parameters, checkpoint_bytes, threads, \
            tokens_per_epoch, steps_per_epoch, flops_per_step (null where they are not known), \
            parameter_bytes_per_step, network, ranks_per_host, measuring_ranks; runs, each with ranks, hosts, shards, \
            memory_bytes (of rank 0), bytes_sent_per_step (by the rank that sends most), step_seconds, \
            tokens_per_second, efficiency, epoch_seconds, limit (products, imbalance, updates or communication), \
            time_seconds (of these, hidden_communication, and beyond_model: the part of communication that real steps \
            took more than the model says), advice, processor_share (of the measurement: less than \
            1 where others took turns). With --reduction a line for each number of ranks and vector: ranks, \
            reduction_bytes, seconds, bytes_sent.
            """)

    @Argument(help: "A YAML file, its data read as for training.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: "Instead of a configuration, a reference workload (see rnn-dist bench --help).")
    var workload: String?

    @Option(
        help: "Numbers of ranks, such as 1,8,64,512; by default 1,2.",
        transform: OptionRange.reading("whole numbers from 1 to 65536 with commas between, such as 1,8,64") {
            RankCounts(argument: $0)
        })
    var ranks: RankCounts = RankCounts([1, 2])

    @Option(
        help: "Between hosts: bits a second and latency, such as 10Gbit,50us, or 'measured' (under mpirun).",
        transform: OptionRange.reading("'measured', or bits a second and a latency, such as 10Gbit,50us") {
            NetworkSpeed(argument: $0)
        })
    var network: NetworkSpeed?

    @Option(help: "Ranks of a host; by default those that this command has there, or as many as cores if alone.")
    var ranksPerHost: Int?

    @Option(help: "Measure for each number of ranks so long.")
    var seconds = 1.0

    @Option(
        name: .customLong("set"), help: "Override a key: training.batch_size=128. May be repeated.")
    var overrides: [String] = []

    @Option(help: "Threads of a rank.")
    var threads = 1

    @OptionGroup var overlap: OverlapOption

    @Flag(help: "Sums over the ranks alone, as rnn-dist bench --reduction measures them.")
    var reduction = false

    @Flag(help: "JSON.")
    var json = false

    func validate() throws {
        try OptionRange.check("--threads", threads, OptionRange.threads)
        try OptionRange.check("--ranks-per-host", ranksPerHost, 1...100_000)
        if !(0...600 ~= seconds) { throw ValidationError("--seconds is \(seconds), expected from 0 to 600") }
        let subjects = [config, workload].compactMap { $0 }.count + (reduction ? 1 : 0)
        if subjects != 1 {
            throw ValidationError("expected one of a configuration, --workload and --reduction")
        }
    }

    func run() throws {
        try runOnRanks { communicator in
            // One team: its clock tells what the task's steps are made of.
            let team = ThreadTeam(count: threads)
            let subject = try communicator.onAllRanks { try chosenSubject(communicator, team) }
            try communicator.requireEqual(
                [("--ranks", ranks.text), ("--seconds", "\(seconds)"), ("--network", network?.text ?? "absent")]
                    + (subject?.configuration.flattened.map { ($0.key, $0.value) } ?? []))
            let cores = try communicator.ownThreads()
            // Hosts may have different numbers of them: rank 0's counts for all.
            let own = try communicator.allGather([
                communicator.size > 1 ? communicator.ranksOnThisHost.count : max(1, cores / threads)
            ])[0][0]
            let perHost = ranksPerHost ?? own
            try communicator.onAllRanks { try requireNetwork(perHost) }
            let asleep = reduction && overlap.overlaps(communicator, threads: threads, cores: cores)
            let (links, isMeasured) = try communicator.onAllRanks {
                try Links.measured(communicator, ranksPerHost: perHost, network: network, asleep: asleep)
            }
            guard let subject else { return printSums(links, communicator) }
            let session = PlanSession(
                communicator: communicator, team: team, name: subject.name,
                configuration: subject.configuration, makeTask: subject.task, links: links, isLocalMeasured: isMeasured,
                network: network, seconds: seconds, overlap: overlap)
            let plan = try session.plan(ranks.counts)
            if communicator.rank == 0 { print(json ? plan.json.indentedText + "\n" : plan.text, terminator: "") }
            return 0
        }
    }

    private func requireNetwork(_ ranksPerHost: Int) throws {
        guard let most = ranks.counts.last, most > ranksPerHost, network == nil else { return }
        throw Diagnostic(
            "--ranks", "\(most) ranks are more than the \(ranksPerHost.counted("rank")) of a host",
            expected: "--network", hint: "say how fast hosts are connected, such as --network 10Gbit,50us, or how many "
                + "ranks a host has: --ranks-per-host", category: .usage)
    }

    private func printSums(_ links: Links, _ communicator: Communicator) -> Int32 {
        guard communicator.rank == 0 else { return 0 }
        let sums = ranks.counts.filter { $0 > 1 }.flatMap { ranks in
            ReductionReport.sizes.compactMap { PredictedSum(ranks: ranks, bytes: $0, links) }
        }
        print(json ? sums.map { $0.json.text + "\n" }.joined() : sums.text, terminator: "")
        return 0
    }

    private struct Subject {
        var name: String
        var configuration: RunConfiguration
        var task: (RunConfiguration) throws -> any SequenceTask
    }

    /// nil: sums alone.
    private func chosenSubject(_ communicator: Communicator, _ team: ThreadTeam) throws -> Subject? {
        func bound(_ configuration: RunConfiguration) -> RunConfiguration {
            configuration.training(in: .now, host: communicator.host, ranks: communicator.ranksOnThisHost.count)
        }
        if let config {
            let configuration = try RunConfiguration.read(file: config, overrides: overrides)
            return Subject(name: config, configuration: bound(configuration)) {
                try TaskRegistry.task($0).forTraining($0, team: team, artifacts: nil) { _ in }
            }
        }
        guard let workload else { return nil }
        let reference = try ReferenceWorkload.named(workload)
        let configuration = try reference.configuration(ranks: 1).applying(overrides)
        return Subject(name: workload, configuration: bound(configuration)) { try reference.task($0, team: team) }
    }
}

/// Numbers of ranks, rising: `1,8,64`.
struct RankCounts: Equatable {
    let counts: [Int]

    init(_ counts: [Int]) { self.counts = counts }

    init?(argument: String) {
        var counts: [Int] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let count = Int(part), 1...65_536 ~= count else { return nil }
            if !counts.contains(count) { counts.append(count) }
        }
        self.init(counts.sorted())
    }

    var text: String { counts.map { "\($0)" }.joined(separator: ",") }
}
