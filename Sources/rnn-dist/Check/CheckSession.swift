import Configuration
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import Reporting
import Tasks
import Training

/// Looks at everything a run needs, without MPI and without writing anything.
struct CheckSession {
    private let command: Check
    private let host = ProcessInfo.processInfo.hostName

    init(_ command: Check) { self.command = command }

    func findings() -> [Finding] {
        let configuration: RunConfiguration
        do {
            configuration = try readConfiguration()
        } catch { return [.broken("configuration", error)] }
        var findings = settings(configuration)
        let files = DataFiles.findings(configuration), (folder, checkpoint) = folder(configuration)
        findings += files
        // What is missing has been told.
        if files.verdict != .broken { findings += data(configuration, from: checkpoint) }
        return findings + folder + [cores]
    }

    private func readConfiguration() throws -> RunConfiguration {
        var configuration = try command.config.map { try RunConfiguration.read(file: $0, overrides: command.overrides) }
            ?? RunConfiguration().applying(command.overrides)
        if let output = command.output { configuration.output = output }
        return configuration.training(in: .now, host: host, ranks: ranksHere)
    }

    private var ownCores: Int { max(1, Int(min(Double(cpus), ControlGroup.own.cores ?? .infinity))) }
    /// Those of the job: a launcher may have bound this process to one of them.
    private var cpus: Int {
        let cores = ProcessorFacts.ownCores
        return Launcher.current == nil ? cores.own.count : cores.launcher.union(cores.own).count
    }

    /// Ranks of the run on a host like this one.
    private var ranksHere: Int {
        let here = command.ranksPerHost ?? Launcher.current?.sizeOnHost
        return min(command.ranks, here ?? max(1, ownCores / (command.threads ?? 1)))
    }

    /// Threads of a rank, as training chooses them.
    private var threads: Int {
        command.threads ?? CoreShare.threads(cores: Double(ownCores) / Double(ranksHere))
    }

    private func settings(_ configuration: RunConfiguration) -> [Finding] {
        var findings: [Finding] = []
        func check(_ body: () throws -> Void) {
            do { try body() } catch { findings.append(.broken("configuration", error)) }
        }
        check { _ = try ShardTree(shards: configuration.training.shards, ranks: command.ranks) }
        check { _ = try TaskRegistry.task(configuration) }
        if !findings.isEmpty { return findings }
        if command.ranks > configuration.training.batchSize {
            return [
                .slow(
                    "configuration",
                    "training.batch_size is \(configuration.training.batchSize), less than the \(command.ranks) ranks",
                    advice: "start fewer ranks or raise training.batch_size: a rank without a sequence only waits")
            ]
        }
        return [.good("configuration", "\(command.config ?? "the embedded surnames"), task: \(configuration.task)")]
    }

    /// Reads the data, and goes on to all that depends on them.
    private func data(_ configuration: RunConfiguration, from checkpoint: StoredCheckpoint?) -> [Finding] {
        do {
            return try readData(configuration, from: checkpoint)
        } catch {
            var findings = [Finding.broken("data", error)]
            // The validation data are read last: what is wrong with them, too, is told.
            guard let validation = configuration.data.validation else { return findings }
            var other = configuration
            (other.data.train, other.data.validation, other.data.validationFraction) = (validation, nil, 0)
            (other.data.features, other.data.validationFeatures) = (other.data.validationFeatures, nil)
            do {
                _ = try TaskRegistry.task(other).forTraining(
                    other, team: ThreadTeam(count: 1), artifacts: nil) { _ in }
            } catch let second {
                let finding = Finding.broken("data", second)
                if finding != findings[0] { findings.append(finding) }
            }
            return findings
        }
    }

    private func readData(
        _ configuration: RunConfiguration, from checkpoint: StoredCheckpoint?
    ) throws -> [Finding] {
        var notices: [String] = []
        let begin = ContinuousClock.now
        let task = try TaskRegistry.task(configuration).forTraining(
            configuration, team: ThreadTeam(count: threads), artifacts: checkpoint?.artifacts
        ) { notices.append($0.withoutControls) }
        let seconds = (.now - begin) / .seconds(1)
        if let checkpoint { try requireSameData(task, configuration, checkpoint) }
        return try after(reading: task, configuration, seconds: seconds, notices)
    }

    private func requireSameData<Task: SequenceTask>(
        _ task: Task, _ configuration: RunConfiguration, _ checkpoint: StoredCheckpoint
    ) throws {
        let fingerprint = try RunFingerprint(configuration, task, startStep: checkpoint.step)
        try checkpoint.requireSameData(fingerprint, configuration)
    }

    private func after<Task: SequenceTask>(
        reading task: Task, _ configuration: RunConfiguration, seconds: Double, _ notices: [String]
    ) throws -> [Finding] {
        let plan = task.trainingPlan(epoch: 0), statistics = plan.statistics, layout = task.parameters.layout
        var read = "\(Quantity.count(statistics.tokens)) tokens in \(plan.stepCount.counted("step")) an epoch"
        read += task.validationPlan.map { ", \(Quantity.count($0.statistics.tokens)) to validate on" }
            ?? ", nothing to validate on"
        var findings = [
            Finding.good("data", "\(read); read in \(Quantity.duration(seconds))")
        ]
        findings += notices.map { .good("data", $0) }
        // More ranks than shards: told already, and no rank has a share.
        if command.ranks <= configuration.training.shards { findings.append(memory(task, configuration)) }
        findings.append(room(task, configuration))
        // A batch that memory is too small for would end this process.
        if findings.verdict != .broken {
            do { findings += try TrialBatches(task: task, ranks: command.ranks).findings() } catch {
                findings.append(.broken("minibatches", error))
            }
        }
        findings.append(.good("model", "\(Quantity.count(layout.count)) parameters"))
        return findings
    }

    private func memory<Task: SequenceTask>(_ task: Task, _ configuration: RunConfiguration) -> Finding {
        do {
            let estimates = try (0..<ranksHere).map {
                try MemoryEstimate(
                    ofRank: $0, of: command.ranks, task.parameters.layout, task.trainingPlan(epoch: 0),
                    validation: task.validationPlan, configuration, writesCheckpoints: $0 == 0)
            }
            var memory = HostMemory.now
            // The data and weights of the other ranks are not there yet.
            memory.available = max(0, memory.available - estimates.dropFirst().reduce(0) { $0 + $1.resident })
            try MemoryCheck(host: host, estimates: estimates, memory: memory).requireRoom(for: estimates[0])
            let total = estimates.reduce(0) { $0 + $1.total }
            return .good(
                "memory",
                "\(Quantity.bytes(total)) for \(ranksHere.counted("rank")) of a host; \(host) has "
                    + "\(Quantity.bytes(min(HostMemory.now.available, HostMemory.now.limit ?? .max))) available")
        } catch { return .broken("memory", error) }
    }

    /// Room on the disk: generations, the best one, and one on its way.
    private func room<Task: SequenceTask>(_ task: Task, _ configuration: RunConfiguration) -> Finding {
        let size = CheckpointSize.bytes(
            configuration, task.parameters.layout, artifacts: task.artifacts, carried: task.carriedState)
        let count = configuration.checkpoint.keep + 2
        return DiskRoom.finding(RunFolder(configuration.output).checkpoints.path, checkpoint: size, count: count)
    }

    /// The folder of the run, and with --resume the checkpoint that it would go on from.
    private func folder(_ configuration: RunConfiguration) -> ([Finding], StoredCheckpoint?) {
        let folder = RunFolder(configuration.output), name = configuration.output.withoutControls
        var skipped: [Finding] = []
        do {
            try folder.check(continues: command.resume)
            guard command.resume else { return ([.good("output", name)], nil) }
            let path = try folder.newestGood {
                skipped.append(.slow("output", "\($0)", advice: "it is passed over for an older one"))
            }
            guard let path else { return ([.good("output", "\(name): no checkpoint yet, training begins")], nil) }
            let checkpoint = try StoredCheckpoint(path: path)
            try configuration.checkResumes(checkpoint.configuration, from: path)
            try checkpoint.requireEpochsLeft(configuration, resumes: true)
            let finding = try checkpoint.reasonToEnd(configuration).map { reason in
                Finding.slow("output", "\(name): no step is left: \(reason.found)", advice: "to go on: \(reason.remedy)")
            }
            return (skipped + [finding ?? .good("output", "\(name), going on after step \(checkpoint.step)")], checkpoint)
        } catch { return (skipped + [.broken("output", error)], nil) }
    }

    private var cores: Finding {
        let used = ranksHere * threads, hosts = (command.ranks + ranksHere - 1) / ranksHere
        var fact = "\(ranksHere.counted("rank")) of \(threads.counted("thread")) on "
            + "\(ownCores.counted("core")) of \(host)"
        if hosts > 1 { fact += ", and the run's other ranks on \((hosts - 1).counted("more host")) like it" }
        if used > ownCores {
            return .slow("cores", fact, advice: "start fewer ranks on a host: ranks that take turns hold up all others")
        }
        if used < ownCores {
            return .slow(
                "cores", "\(fact): \((ownCores - used).counted("core")) idle",
                advice: "start more ranks there, or let each use more with --threads (check as many)")
        }
        return .good("cores", fact)
    }
}
