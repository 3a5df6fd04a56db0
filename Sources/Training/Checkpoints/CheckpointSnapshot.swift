import Configuration
import HDF5
import Kernels
import Optimization
import RecurrentNetworks
import Tasks

/// All that a checkpoint holds, as of a step: what training goes on to change is copied.
package struct CheckpointSnapshot: @unchecked Sendable {
    package let step: Int
    private let configuration: RunConfiguration
    private let parameters: Parameters<Float>
    private let optimizer: Optimizer
    private let state: TrainingState
    private let artifacts: [TaskArtifact]
    private let carried: CarriedState?
    private let receipt: Checkpoint.Receipt

    /// Tables must be current.
    package init(
        _ configuration: RunConfiguration, _ parameters: Parameters<Float>, _ optimizer: Optimizer,
        _ state: TrainingState, artifacts: [TaskArtifact], carried: CarriedState?, receipt: Checkpoint.Receipt
    ) {
        step = optimizer.step
        self.configuration = configuration
        self.parameters = parameters.copy()
        self.optimizer = Optimizer(copying: optimizer)
        self.state = state
        self.artifacts = artifacts
        self.carried = carried?.copy()
        self.receipt = receipt
    }

    /// - Parameter subject: What errors name.
    package func image(subject: String) throws -> FileBytes {
        let digest = try StateDigest.digest(parameters, optimizer, state, artifacts: artifacts, carried: carried)
        return try Checkpoint.image(
            subject: subject, configuration, parameters, optimizer, state, artifacts: artifacts,
            digest: digest.description, carried: carried, receipt: receipt)
    }
}
