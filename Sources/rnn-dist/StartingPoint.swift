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
        if resumes { return }
        if let patience = configuration.training.earlyStopping?.patience {
            let waited = try validationsWaited
            guard waited < patience else {
                throw Diagnostic(
                    "--from \(path)", "validation had not improved for \(waited.counted("validation"))",
                    expected: "fewer than training.early_stopping.patience, which is \(patience)",
                    hint: "the count goes on: raise the patience", category: .usage)
            }
        }
        guard position.epoch == epochs else { return }
        throw Diagnostic(
            "--from \(path)", "it has made all of \(epochs.counted("epoch")) already",
            expected: "fewer epochs than training.epochs",
            hint: "the count goes on: --set training.epochs=\(2 * epochs) makes as many again", category: .usage)
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
