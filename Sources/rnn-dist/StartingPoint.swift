import Configuration
import Diagnostics
import Tasks
import Training

/// Where a run goes on from, and whether it may: training and `check` ask the same.
extension RunFolder {
    /// The newest checkpoint whose checksum holds; nil: there is none yet.
    ///
    /// - Parameter skip: Told what is wrong with a newer one.
    /// - Throws: `Diagnostic` where there are some, but none can be read: to begin anew would be to lose them.
    func newestGood(skip: (any Error) -> Void) throws -> String? {
        let generations = try checkpoints.generations
        for generation in generations {
            do {
                _ = try StoredCheckpoint(path: generation.path)
                return generation.path
            } catch { skip(error) }
        }
        guard generations.isEmpty else {
            throw Diagnostic(
                checkpoints.path, "of \(generations.count.counted("checkpoint")) none can be read",
                expected: "a good one to go on from",
                hint: "make one readable or restore one, or begin anew with another --output")
        }
        return nil
    }
}

extension StoredCheckpoint {
    /// - Parameter resumes: Whether the run itself goes on, which may be over; a new run that would make no step leaves
    ///   nothing behind.
    /// - Throws: `Diagnostic` (usage) where the configuration ends before this checkpoint, or a new run where it is.
    func requireEpochsLeft(_ configuration: RunConfiguration, resumes: Bool) throws {
        let epochs = configuration.training.epochs, position = try position
        if position.epoch > epochs || position.epoch == epochs && position.stepInEpoch > 0 {
            throw Diagnostic(
                path, "it has made \(position.epoch.counted("epoch")) and \(position.stepInEpoch.counted("step"))",
                expected: "no more than training.epochs, which is \(epochs)",
                hint: "the count goes on: raise training.epochs", category: .usage)
        }
        guard !resumes, let reason = try reasonToEnd(configuration) else { return }
        throw Diagnostic(
            "--from \(path)", "no step is left: \(reason.found)", expected: "a checkpoint to train on from",
            hint: "to go on: \(reason.remedy)", category: .usage)
    }

    /// Why a run that goes on from here makes no step, and what would change it; nil: it makes some.
    func reasonToEnd(_ configuration: RunConfiguration) throws -> (found: String, remedy: String)? {
        let epochs = configuration.training.epochs, waited = try validationsWaited
        if try position.epoch >= epochs {
            return ("all of \(epochs.counted("epoch")) are made", "--set training.epochs=\(2 * epochs) makes as many again")
        }
        guard let patience = configuration.training.earlyStopping?.patience, waited >= patience else { return nil }
        return (
            "validation had not improved for \(waited.counted("validation"))",
            "raise training.early_stopping.patience, which is \(patience)"
        )
    }

    /// A position inside an epoch means nothing in other data.
    ///
    /// - Throws: `Diagnostic` where the training data are not those of the run.
    func requireSameData(_ fingerprint: RunFingerprint, _ configuration: RunConfiguration) throws {
        let prefix = "training SHA-256 "
        guard let stored = RunFacts.value("data", in: receipt), stored.hasPrefix(prefix),
            stored != prefix + fingerprint.trainingData
        else { return }
        throw Diagnostic(
            configuration.data.train, "its examples have SHA-256 \(fingerprint.trainingData)",
            expected: "\(stored.dropFirst(prefix.count)), those of \(path)",
            hint: "restore the data, or begin a new run in another output folder")
    }
}
