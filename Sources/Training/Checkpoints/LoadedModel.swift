import Diagnostics
import Kernels
import Tasks

/// A checkpoint turned back into a model.
public struct LoadedModel {
    public let checkpoint: StoredCheckpoint
    public let task: any SequenceTask

    /// - Parameters:
    ///   - given: A checkpoint, or a run's folder.
    ///   - data: Examples with labels to evaluate; nil: none.
    public init(_ given: String, data: String? = nil, team: ThreadTeam) throws {
        try self.init(StoredCheckpoint(path: CheckpointFolder.resolve(given)), data: data, team: team)
    }

    /// - Parameter checkpoint: Opened already.
    package init(_ checkpoint: StoredCheckpoint, data: String? = nil, team: ThreadTeam) throws {
        self.checkpoint = checkpoint
        task = try TaskRegistry.task(checkpoint.configuration).forInference(
            checkpoint.configuration, artifacts: checkpoint.artifacts, data: data,
            vectorWidth: checkpoint.embeddingWidth,
            team: team)
        try checkpoint.restore(task.parameters)
        task.parametersChanged()
    }

    /// The digest of the state, computed anew.
    ///
    /// - Throws: `Diagnostic` where it is not the one that the checkpoint states.
    public func checkedDigest() throws -> String {
        let digest = try checkpoint.stateDigest(task)
        guard digest == checkpoint.digest else {
            throw Diagnostic(
                checkpoint.path, "its state has digest \(digest)", expected: checkpoint.digest,
                hint: "it was written by a program with another digest, or changed since")
        }
        return digest
    }
}
