import Configuration
import Diagnostics
import Foundation
import HDF5
import Kernels
import MessagePassing
import Reporting
import Tasks
import Training

/// From a command line to a run: configuration, checkpoint, folder, data, then the trainer.
struct TrainingSession {
    private let command: Train
    private let communicator: Communicator
    private let isFirst: Bool

    init(_ command: Train, _ communicator: Communicator) {
        self.command = command
        self.communicator = communicator
        isFirst = communicator.rank == 0
    }

    func run() throws -> TrainingOutcome {
        // Before anything whose calls depend on them.
        try communicator.requireEqual([
            ("--resume", "\(command.resume)"), ("--from", command.from ?? "absent"),
            ("--watchdog", command.watchdog > 0 ? "on" : "off"),
            ("--no-memory-check", "\(command.noMemoryCheck)"),
        ])
        var checkpoint: StoredCheckpoint?
        if let from = command.from { checkpoint = try openEverywhere { try CheckpointFolder.resolve(from) } }
        let configuration = try communicator.onAllRanks { try readConfiguration(stored: checkpoint?.configuration) }
        try communicator.requireEqual(configuration.flattened.map { ($0.key, $0.value) })
        _ = try communicator.onAllRanks {
            try ShardTree(shards: configuration.training.shards, ranks: communicator.size)
        }
        let folder = RunFolder(configuration.output)
        try communicator.onFirstRank { try folder.check(continues: command.resume, canContinue: command.from == nil) }
        if command.resume {
            checkpoint = try openEverywhere {
                try folder.newestGood { sayOnStandardError("rnn-dist: warning: skipping \($0)") }
            }
        }
        if let checkpoint {
            try communicator.onAllRanks {
                try configuration.checkResumes(checkpoint.configuration, from: checkpoint.path)
                try checkpoint.requireEpochsLeft(configuration, resumes: command.resume)
            }
        }

        // Asked for in any case: every rank must.
        let ownThreads = try communicator.ownThreads()
        let team = ThreadTeam(count: command.threads ?? ownThreads)
        let predicted = try communicator.onFirstRank {
            try command.plan.map {
                try PredictedSpeed(file: $0, configuration, ranks: communicator.size, threads: team.count)
            }
        } ?? nil
        let watchdog = command.watchdog > 0
            ? try Watchdog(
                communicator, team.clock, patience: command.watchdog,
                say: { sayOnStandardError("rnn-dist: warning: \($0)") },
                end: { [rank = communicator.rank] in endRun(rank: rank, because: $0) }) : nil
        defer { watchdog?.ranksEnd() }
        let cores = try communicator.idleCores()
        let overlaps = command.overlap.overlaps(communicator, threads: team.count, cores: ownThreads)
        let clock = ContinuousClock(), begin = clock.now
        let reporter = isFirst
            ? RunReporter(folder: folder) {
                let elapsed = (clock.now - begin).components
                return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
            } : nil
        // One rank alone may have been held to its cores on purpose.
        if cores.idle > 0 && communicator.size > 1 {
            reporter?.notice(
                "warning: binding leaves \(cores.idle) of \(cores.all.counted("core")) of \(communicator.host) unused; "
                    + "start more ranks there, or let threads use all: mpirun --bind-to none (srun: --cpu-bind=none)")
        }
        let here = communicator.ranksOnThisHost.count
        if let threads = command.threads, threads > ownThreads {
            reporter?.notice(
                "warning: \(here.counted("rank")) of \(threads.counted("thread")) on \(communicator.host), where a rank "
                    + "has \(ownThreads.counted("core")): threads that take turns hold up all others")
        }
        for remark in predicted?.remarks ?? [] { reporter?.notice("warning: \(remark)") }
        if command.resume && checkpoint == nil { reporter?.notice("no checkpoint in \(folder.path) yet: beginning") }
        if let checkpoint {
            reporter?.notice("going on from \(checkpoint.path)")
            if let reason = try communicator.onAllRanks({ try checkpoint.reasonToEnd(configuration) }) {
                reporter?.notice("no step is left: \(reason.found); to go on: \(reason.remedy)")
            }
        }

        let task = try communicator.onAllRanks {
            let bound = command.noMemoryCheck
                ? configuration
                : configuration.training(
                    in: .now, host: communicator.host, ranks: communicator.ranksOnThisHost.count,
                    way: "try it all the same with --no-memory-check")
            return try TaskRegistry.task(bound).forTraining(
                bound, team: team, artifacts: checkpoint?.artifacts,
                // Hosts may have folders of one name and of their own.
                keepsData: communicator.ranksOnThisHost.first == communicator.rank
            ) {
                reporter?.notice($0)
            }
        }
        let outcome = try train(
            task, configuration, from: checkpoint, team: team, overlaps: overlaps, folder: folder, reporter: reporter,
            predictedTokensPerSecond: predicted?.tokensPerSecond)
        // Under the watchdog's eyes until all are here.
        try communicator.barrier()
        return outcome
    }

    private func train<Task: SequenceTask>(
        _ task: Task, _ configuration: RunConfiguration, from checkpoint: StoredCheckpoint?, team: ThreadTeam,
        overlaps: Bool, folder: RunFolder, reporter: RunReporter?, predictedTokensPerSecond: Double?
    ) throws -> TrainingOutcome {
        let fingerprint = try communicator.onAllRanks {
            try RunFingerprint(configuration, task, startStep: checkpoint?.step)
        }
        try communicator.requireEqual(fingerprint.properties)
        if let checkpoint {
            try communicator.onAllRanks { try checkpoint.requireSameData(fingerprint, configuration) }
        }
        let plan = task.trainingPlan(epoch: 0)
        let (memory, own) = try MemoryCheck.look(
            task.parameters.layout, plan, validation: task.validationPlan, configuration, communicator,
            writesCheckpoints: true)
        if !command.noMemoryCheck { try communicator.onAllRanks { try memory.requireRoom(for: own) } }
        var incarnation: Incarnation?
        try communicator.onFirstRank {
            try folder.make()
            incarnation = try Incarnation(claiming: folder, host: communicator.host)
            try folder.checkpoints.goOn(from: command.resume ? checkpoint : nil)
            try reporter?.openLog(afterStep: checkpoint?.step ?? 0, incarnation)
        }
        let trainer = try communicator.onAllRanks {
            try Trainer(
                configuration, task, from: checkpoint, communicator: communicator, team: team, overlaps: overlaps,
                folder: folder, incarnation: incarnation, receipt: receipt(fingerprint, checkpoint),
                maxMinutes: command.maxMinutes, observer: reporter)
        }
        if let remark = configuration.model.precision.remark(hasInstructions: Processor.multipliesBFloat16) {
            reporter?.notice(remark)
        }
        for warning in warnings(checkpoint, fingerprint) { reporter?.notice("warning: \(warning)") }
        let tables = task.parameters.layout.tables
        if let reason = configuration.reasonToUpdateEveryRow, !tables.isEmpty {
            reporter?.notice("\(reason) touches every row of the tables in every step: rows are not deferred")
        }
        for table in tables where table.isTied {
            reporter?.notice("\(table.name) is the output layer's weight, too: all its rows are updated in every step")
        }
        let hosts = try hosts()  // every rank takes part, whether it reports or not
        reporter?.runStarted(
            RunDescription(
                configuration: configuration, ranks: communicator.size, hosts: hosts, threads: team.count,
                parameters: task.parameters.layout.count, stepsPerEpoch: plan.stepCount,
                startStep: checkpoint?.step ?? 0, lossName: Task.lossName, processor: ProcessorFacts.modelName(),
                memoryEstimate: memory.estimates.map(\.total).max() ?? 0,
                predictedTokensPerSecond: predictedTokensPerSecond))
        do {
            let outcome = try trainer.run()
            reporter?.runEnded(outcome)
            return outcome
        } catch {
            reporter?.runFailed(error)
            throw error
        }
    }

    private func readConfiguration(stored: RunConfiguration?) throws -> RunConfiguration {
        var configuration: RunConfiguration
        if let path = command.config {
            configuration = try RunConfiguration.read(file: path, overrides: command.overrides)
        } else {
            configuration = try (stored ?? RunConfiguration()).applying(command.overrides)
        }
        if let output = command.output { configuration.output = output }
        return configuration
    }

    /// Opens a checkpoint on every rank; rank 0 alone looks for it and reads it.
    ///
    /// - Parameter find: Called on rank 0; nil: there is none.
    private func openEverywhere(_ find: () throws -> String?) throws -> StoredCheckpoint? {
        var path = ""
        var own: FileBytes?
        try communicator.onFirstRank {
            path = try find() ?? ""
            if !path.isEmpty { own = try SealedFile.read(path) }
        }
        path = String(decoding: try communicator.broadcast(Array(path.utf8), from: 0), as: UTF8.self)
        if path.isEmpty { return nil }
        let size = try communicator.broadcast(withUnsafeBytes(of: own?.count ?? 0) { Array($0) }, from: 0)
        let bytes =
            try own.take() ?? FileBytes(count: size.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }, for: path)
        try communicator.broadcast(bytes.mutableBytes, from: 0)
        // A closure cannot consume the bytes it captures, but can take them out of an optional.
        var received: FileBytes? = consume bytes
        return try communicator.onAllRanks {
            guard let bytes = received.take() else { return nil }
            return try StoredCheckpoint(bytes: bytes, path: path)
        }
    }

    private func hosts() throws -> [String] {
        var names: [String] = []
        for bytes in try communicator.allGather(Array(communicator.host.utf8)) {
            let name = String(decoding: bytes, as: UTF8.self)
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    private func warnings(_ checkpoint: StoredCheckpoint?, _ fingerprint: RunFingerprint) -> [String] {
        var lines: [String] = []
        for fact in RunFacts.facts(fingerprint, ranks: communicator.size) where fact.changesBits {
            guard let before = checkpoint.flatMap({ RunFacts.value(fact.name, in: $0.receipt) }), before != fact.value
            else { continue }
            lines.append(
                "the checkpoint was written with another \(fact.name) (\(before); now \(fact.value)): the bits may "
                    + "differ from here on"
            )
        }
        return lines
    }

    private func receipt(_ fingerprint: RunFingerprint, _ checkpoint: StoredCheckpoint?) -> Checkpoint.Receipt {
        let isBegun = command.from != nil && !command.resume
        let origins = isBegun ? [] : ["\(RunFacts.beganFrom): ", "\(RunFacts.importedWeights): "]
        var lines = checkpoint?.receipt.filter { line in
            (["went on ", "\(RunFacts.vectors): "] + origins).contains { line.hasPrefix($0) }
        } ?? []
        if let checkpoint, isBegun {
            lines.append("\(RunFacts.beganFrom): \(checkpoint.path), step \(checkpoint.step)")
        }
        let facts = RunFacts.facts(fingerprint, ranks: communicator.size).map { "\($0.name): \($0.value)" }
        if let checkpoint {
            lines.append("went on after step \(checkpoint.step) with \(facts.joined(separator: "; "))")
        }
        return Checkpoint.Receipt(lines: facts + lines)
    }
}

extension ModelConfiguration.Precision {
    /// What a user should know who asks for it; nil: nothing.
    ///
    /// - Parameter hasInstructions: Whether bfloat16 products use instructions of their own here.
    package func remark(hasInstructions: Bool) -> String? {
        self == .bfloat16 && !hasInstructions
            ? "model.precision: this program has no bfloat16 instructions (AVX512-BF16) here: the weights will be "
                + "those of other processors, but float32 would be faster" : nil
    }
}

extension RunConfiguration {
    /// What moves every row of every table in each step; nil: nothing does.
    fileprivate var reasonToUpdateEveryRow: String? {
        if training.optimizer.name == .asgd { return "averaged SGD" }
        return (training.optimizer.weightDecay ?? (training.optimizer.name == .adamw ? 0.01 : 0)) != 0
            ? "weight decay" : nil
    }
}
