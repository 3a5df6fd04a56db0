import Dispatch
import Synchronization

/// Writes a run's checkpoints in a thread beside training, one after the other.
package final class CheckpointWriter: Sendable {
    private let folder: CheckpointFolder
    private let keep: Int
    /// Nil: nobody else may be writing.
    private let incarnation: Incarnation?
    private let thread = DispatchQueue(label: "checkpoints")
    private let snapshot = Mutex<CheckpointSnapshot?>(nil)
    private let results = Mutex<[Result<WrittenCheckpoint, any Error>]>([])

    package struct WrittenCheckpoint {
        package var path: String
        package var step: Int
        package var isBest: Bool
        /// From the snapshot to the last byte on the disk.
        package var seconds: Double
    }

    /// - Parameter keep: Generations.
    package init(_ folder: CheckpointFolder, keep: Int, _ incarnation: Incarnation?) {
        self.folder = folder
        self.keep = keep
        self.incarnation = incarnation
    }

    /// Finds memory for snapshots, beside training.
    package func prepare(_ room: @escaping @Sendable () -> CheckpointSnapshot) {
        thread.async { [self] in snapshot.withLock { $0 = room() } }
    }

    /// Takes a snapshot and begins to write it; waits until the checkpoint before it is written. Wants to be prepared.
    package func begin(isBest: Bool, _ take: (CheckpointSnapshot) -> Void) {
        finish()
        let begin = ContinuousClock.now
        guard let snapshot = snapshot.withLock({ $0 }) else { preconditionFailure("not prepared") }
        take(snapshot)
        thread.async { [self] in
            let result = Result {
                let path = try folder.write(
                    snapshot.image(subject: folder.path), step: snapshot.step, isBest: isBest, keep: keep
                ) { try incarnation?.check() }
                return WrittenCheckpoint(
                    path: path, step: snapshot.step, isBest: isBest, seconds: (.now - begin) / .seconds(1))
            }
            results.withLock { $0.append(result) }
        }
    }

    /// Waits for all checkpoints.
    package func finish() { thread.sync {} }

    /// What has been written since the last call.
    ///
    /// - Throws: `Diagnostic` where a checkpoint could not be written.
    package func collect() throws -> [WrittenCheckpoint] {
        let latest = results.withLock { results in
            defer { results = [] }
            return results
        }
        return try latest.map { try $0.get() }
    }
}
