import Configuration
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import RecurrentNetworks
import Tasks
import Training

/// Makes steps of a run again, on all ranks, and compares.
struct VerifySession {
    private let command: Verify
    private let communicator: Communicator

    init(_ command: Verify, _ communicator: Communicator) {
        (self.command, self.communicator) = (command, communicator)
    }

    func run() throws -> Verification {
        let (base, target) = try communicator.onAllRanks { try checkpoints() }
        let team = ThreadTeam(count: command.threads)
        let task = try communicator.onAllRanks { () -> any SequenceTask in
            let configuration = try target.configuration.applying(command.overrides)
            try configuration.checkResumes(target.configuration, from: target.path)
            let bound = configuration.training(
                in: .now, host: communicator.host, ranks: communicator.ranksOnThisHost.count)
            _ = try ShardTree(shards: bound.training.shards, ranks: communicator.size)
            return try TaskRegistry.task(bound).forTraining(bound, team: team, artifacts: base?.artifacts) { _ in }
        }
        return try verification(task, from: base, to: target, team)
    }

    private func checkpoints() throws -> (base: StoredCheckpoint?, target: StoredCheckpoint) {
        let file = try CheckpointFolder.resolve(command.subject), url = URL(fileURLWithPath: command.subject)
        let isRun = (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
        // …/checkpoints/step-N.h5
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        let run = parts.count > 2 ? parts.dropLast(2).joined(separator: "/") : parts.count == 2 ? "." : ".."
        let generations = try CheckpointFolder(run: run).generations
        // By its name: from inside the folder it may be given without the way to it.
        let given = generations.first { $0.path.split(separator: "/").last == parts.last }
        guard isRun || given != nil else {
            throw Diagnostic(
                command.subject, "is not in the folder of a run",
                expected: "the folder of a run, or a file in its checkpoints")
        }
        // What a run began from may be gone, or changed; each of its checkpoints says what that was.
        let receipt = try (given ?? generations.first).map { try StoredCheckpoint(path: $0.path).receipt } ?? []
        let origin = RunFacts.value(RunFacts.beganFrom, in: receipt)
            ?? RunFacts.value(RunFacts.importedWeights, in: receipt).map { "weights \($0)" }
        let stretch = try ReplayedStretch(
            of: command.subject, generations, origin: origin, reaching: isRun ? nil : given?.path,
            steps: command.steps)
        return (try stretch.base.map { try StoredCheckpoint(path: $0) }, try StoredCheckpoint(path: stretch.target))
    }

    /// Whether a key, or an override that begins with it, may change what steps come to. Data are compared by themselves.
    private static func changesSteps(_ key: String) -> Bool {
        let others = ["output", "training.epochs", "data.train"]
        return !others.contains { key == $0 || key.hasPrefix($0 + "=") } && !key.hasPrefix("checkpoint.")
            && !key.hasPrefix("reporting.")
    }

    private func verification<Task: SequenceTask>(
        _ task: Task, from base: StoredCheckpoint?, to target: StoredCheckpoint, _ team: ThreadTeam
    ) throws -> Verification {
        let fingerprint = try communicator.onAllRanks {
            try RunFingerprint(task.configuration, task, startStep: base?.step)
        }
        try communicator.requireEqual(fingerprint.properties)
        let facts = RunFacts.facts(fingerprint, ranks: communicator.size).map {
            Verification.Fact(name: $0.name, then: RunFacts.value($0.name, in: target.receipt), now: $0.value)
        }
        var verification = Verification(
            run: command.subject, checkpoint: target.path, fromStep: base?.step ?? 0, toStep: target.step,
            // On how many ranks is of no consequence.
            facts: facts.filter { $0.name != "ranks" }, digest: nil, expectedDigest: target.digest)
        guard facts.allSatisfy({ $0.name != "data" || $0.isSame }) else { return verification }
        verification.changes = base.map { base in
            target.configuration.differences(from: base.configuration).filter { Self.changesSteps($0.key) }
                .map { "\($0.key) was \($0.otherValue) at first, then \($0.value)" }
        } ?? []
        verification.changes += command.overrides.filter(Self.changesSteps).map { "--set \($0)" }
        let trainer = try communicator.onAllRanks {
            try Trainer(
                task.configuration, task, from: base, communicator: communicator, team: team, folder: nil,
                observer: nil)
        }
        guard case .completed(let digest, _, _) = try trainer.run(until: target.position) else { return verification }
        verification.digest = digest
        if digest == target.digest { return verification }
        let own = try trainer.partDigests(), weights = task.parameters.allNumbers
        let stored = try communicator.onAllRanks { try target.partDigests(task) }
        verification.differing = own.filter { part in
            !stored.contains { $0.name == part.name && $0.digest == part.digest }
        }.map(\.name)
        verification.largestWeightDifference = zip(weights, task.parameters.allNumbers).reduce(0) {
            max($0, abs(Double($1.0) - Double($1.1)))
        }
        return verification
    }
}

extension Parameters<Float> {
    /// A copy of all values, dense ones first.
    fileprivate var allNumbers: [Float] {
        withExtendedLifetime(self) {
            tables.reduce(Array(dense.elements)) { $0 + Array($1.storage.elements) }
        }
    }
}
