import Configuration
import Kernels
import Optimization
import Tasks
import Training

/// A checkpoint turned back into a model.
struct LoadedModel {
    let checkpoint: StoredCheckpoint
    let task: any SequenceTask

    /// - Parameters:
    ///   - given: A checkpoint, or a run's folder.
    ///   - data: Examples with labels to evaluate; nil: none.
    init(_ given: String, data: String? = nil, team: ThreadTeam) throws {
        checkpoint = try StoredCheckpoint(path: try CheckpointFolder.resolve(given))
        task = try TaskRegistry.task(checkpoint.configuration).forInference(
            checkpoint.configuration, artifacts: checkpoint.artifacts, data: data,
            vectorWidth: checkpoint.embeddingWidth,
            team: team)
        try checkpoint.restore(task.parameters)
        task.parametersChanged()
    }
}
