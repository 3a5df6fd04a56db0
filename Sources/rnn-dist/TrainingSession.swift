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
        var checkpoint: StoredCheckpoint?
        if let from = command.from { checkpoint = try openEverywhere { try CheckpointFolder.resolve(from) } }
        let configuration = try communicator.onAllRanks { try readConfiguration(stored: checkpoint?.configuration) }
        try communicator.requireEqual(configuration.flattened.map { ($0.key, $0.value) })
        let folder = RunFolder(configuration.output)
        try communicator.onAllRanks { if isFirst { try folder.prepare(continues: command.resume) } }
        if command.resume { checkpoint = try openEverywhere { newestGood(folder) } }
        if let checkpoint {
            try communicator.onAllRanks { try configuration.checkResumes(checkpoint.configuration, from: checkpoint.path) }
        }

        // Asked for in any case: every rank must.
        let ownThreads = try communicator.ownThreads()
        let team = ThreadTeam(count: command.threads ?? ownThreads)
        let clock = ContinuousClock(), begin = clock.now
        let reporter = try communicator.onAllRanks {
            isFirst
                ? try RunReporter(folder: folder, resumedStep: checkpoint?.step) {
                    let elapsed = (clock.now - begin).components
                    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
                } : nil
        }
        for warning in warnings(checkpoint) { reporter?.notice("warning: \(warning)") }
        if command.resume && checkpoint == nil { reporter?.notice("no checkpoint in \(folder.path) yet: beginning") }
        if let checkpoint { reporter?.notice("going on from \(checkpoint.path)") }

        let task = try communicator.onAllRanks {
            try ClassificationTask.forTraining(configuration, team: team, artifacts: checkpoint?.artifacts) { reporter?.notice($0) }
        }
        let fingerprint = try communicator.onAllRanks { try RunFingerprint(configuration, task, startStep: checkpoint?.step ?? 0) }
        try communicator.requireEqual(fingerprint.properties)
        let trainer = try communicator.onAllRanks {
            try Trainer(
                configuration, task, from: checkpoint, communicator: communicator, team: team, folder: folder,
                receipt: receipt(fingerprint, checkpoint), maxMinutes: command.maxMinutes, observer: reporter)
        }
        if configuration.updatesEveryRow, !task.parameters.tables.isEmpty {
            reporter?.notice("weight decay touches every row of the tables in every step: rows are not deferred")
        }
        let hosts = try hosts()  // every rank takes part, whether it reports or not
        reporter?.runStarted(
            RunDescription(
                configuration: configuration, ranks: communicator.size, hosts: hosts, threads: team.count,
                parameters: task.parameters.layout.count, stepsPerEpoch: task.trainingPlan(epoch: 0).stepCount,
                startStep: checkpoint?.step ?? 0))
        let outcome = try trainer.run()
        reporter?.runEnded(outcome)
        return outcome
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
        var failure: (any Error)?
        if isFirst {
            do {
                path = try find() ?? ""
                if !path.isEmpty { own = try SealedFile.read(path) }
            } catch { failure = error }
        }
        try communicator.onAllRanks { if let failure { throw failure } }
        path = String(decoding: try communicator.broadcast(Array(path.utf8), from: 0), as: UTF8.self)
        if path.isEmpty { return nil }
        let size = try communicator.broadcast(withUnsafeBytes(of: own?.count ?? 0) { Array($0) }, from: 0)
        let bytes = try own.take() ?? FileBytes(count: size.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }, for: path)
        try communicator.broadcast(bytes.mutableBytes, from: 0)
        return try StoredCheckpoint(bytes: bytes, path: path)
    }

    /// The newest checkpoint whose checksum holds; says which it skipped.
    private func newestGood(_ folder: RunFolder) -> String? {
        for generation in folder.checkpoints.generations {
            do {
                _ = try StoredCheckpoint(path: generation.path)
                return generation.path
            } catch {
                FileHandle.standardError.write(Data("rnn-dist: warning: skipping \(error)\n".utf8))
            }
        }
        return nil
    }

    private func hosts() throws -> [String] {
        var names: [String] = []
        for bytes in try communicator.allGather(Array(communicator.host.utf8)) {
            let name = String(decoding: bytes, as: UTF8.self)
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    private func warnings(_ checkpoint: StoredCheckpoint?) -> [String] {
        var lines: [String] = []
        if let warning = BLASKernel.own.warning { lines.append(warning) }
        if let checkpoint, let family = checkpoint.receipt.first(where: { $0.hasPrefix("kernels: ") }),
            family != "kernels: \(Processor.kernelFamily)"
        {
            lines.append("the checkpoint was written with \(family), this program has \(Processor.kernelFamily): the bits may differ from here on")
        }
        return lines
    }

    private func receipt(_ fingerprint: RunFingerprint, _ checkpoint: StoredCheckpoint?) -> Checkpoint.Receipt {
        var lines = checkpoint?.receipt.filter { $0.hasPrefix("went on ") } ?? []
        let facts = [
            "program: rnn-dist \(programVersion), SHA-256 \(fingerprint.program)", "data: SHA-256 \(fingerprint.data)",
            "kernels: \(Processor.kernelFamily)", "BLAS: \(BLAS.configuration)", "ranks: \(communicator.size)",
        ]
        if let checkpoint { lines.append("went on after step \(checkpoint.step) with \(facts.joined(separator: "; "))") }
        return Checkpoint.Receipt(lines: facts + lines)
    }
}

extension RunConfiguration {
    /// Whether weight decay moves every row of every table in each step.
    fileprivate var updatesEveryRow: Bool {
        (training.optimizer.weightDecay ?? (training.optimizer.name == .adamw ? 0.01 : 0)) != 0
    }
}
