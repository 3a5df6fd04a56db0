import Configuration
import HDF5
import Kernels
import Optimization
import RecurrentNetworks
import Tasks

/// All that a checkpoint holds, as of a step: a copy of what training goes on to change.
///
/// The memory is there for the length of a run: to find it anew for every checkpoint takes several times as long as
/// the copy, and training waits for that.
// Sendable: who writes it and who fills it take turns, by CheckpointWriter.
package final class CheckpointSnapshot: @unchecked Sendable {
    private let configuration: RunConfiguration
    private let parameters: Parameters<Float>
    private let optimizer: Optimizer
    private var state: TrainingState
    private let artifacts: [TaskArtifact]
    private let carried: CarriedState?
    private let receipt: Checkpoint.Receipt

    package var step: Int { optimizer.step }

    /// Room for the state of a run; nothing is copied yet.
    ///
    /// - Parameters:
    ///   - parameters: Of the run.
    ///   - carried: Of the run; nil: the task carries none.
    package init(
        _ configuration: RunConfiguration, roomFor parameters: Parameters<Float>, artifacts: [TaskArtifact],
        carried: CarriedState?, receipt: Checkpoint.Receipt
    ) {
        self.configuration = configuration
        self.parameters = Parameters(roomFor: parameters)
        optimizer = Optimizer(configuration.training.optimizer, parameters.layout)
        state = TrainingState(epochTotals: Totals(sums: [], counts: []))
        self.artifacts = artifacts
        self.carried = carried.map { CarriedState(shards: $0.shards, width: $0.rows.columns) }
        self.receipt = receipt
    }

    /// Takes over the state of the run; tables must be current.
    package func take(
        _ parameters: Parameters<Float>, _ optimizer: Optimizer, _ state: TrainingState, carried: CarriedState?
    ) {
        self.parameters.take(parameters)
        self.optimizer.take(optimizer)
        self.state = state
        if let carried { self.carried?.rows.take(carried.rows) }
    }

    /// - Parameter subject: What errors name.
    package func image(subject: String) throws -> FileBytes {
        let digest = try StateDigest.digest(parameters, optimizer, state, artifacts: artifacts, carried: carried)
        return try Checkpoint.image(
            subject: subject, configuration, parameters, optimizer, state, artifacts: artifacts,
            digest: digest.description, carried: carried, receipt: receipt)
    }
}
