import Configuration
import Kernels
import Optimization
import Tasks
import Training

/// A checkpoint turned back into a model.
struct LoadedModel {
    let checkpoint: StoredCheckpoint
    let task: ClassificationTask

    /// - Parameters:
    ///   - given: A checkpoint, or a run's folder.
    ///   - data: Examples with labels to evaluate; nil: none.
    init(_ given: String, data: String? = nil, team: ThreadTeam) throws {
        checkpoint = try StoredCheckpoint(path: try CheckpointFolder.resolve(given))
        var vectorWidth: Int?
        if case .vectors = checkpoint.configuration.model.input { vectorWidth = try checkpoint.embeddingWidth }
        task = try ClassificationTask.forInference(
            checkpoint.configuration, artifacts: checkpoint.artifacts, data: data, vectorWidth: vectorWidth, team: team)
        try checkpoint.restore(task.parameters)
        task.parametersChanged()
    }
}
