import Kernels

extension Trainer {
    func prepareCheckpoints() {
        let (parameters, artifacts, carried) = (task.parameters, task.artifacts, task.carriedState)
        writer?.prepare { [configuration, receipt] in
            CheckpointSnapshot(
                configuration, roomFor: parameters, artifacts: artifacts, carried: carried, receipt: receipt)
        }
    }

    /// Copies the state on rank 0, if all ranks hold the same and it is finite; a thread writes the checkpoint.
    func takeCheckpoint(isBest: Bool) throws {
        team.clock.enter(.checkpoint)
        defer { team.clock.enter(.other) }
        lastCheckpoint = .now
        try requireSoundState()
        guard let writer else { return }
        try reportCheckpoints(finishing: true)
        writer.begin(isBest: isBest) { $0.take(task.parameters, optimizer, state, carried: task.carriedState) }
    }

    /// Tells of checkpoints that have been written, on rank 0.
    ///
    /// - Parameter finishing: Whether to wait for the one that is being written.
    func reportCheckpoints(finishing: Bool = false) throws {
        guard let writer else { return }
        if finishing { writer.finish() }
        for written in try writer.collect() {
            newestCheckpoint = written.path
            observer?.checkpointWritten(
                written.path, step: written.step, isBest: written.isBest, seconds: written.seconds)
        }
    }

    /// Takes a checkpoint and waits until it is written.
    ///
    /// - Returns: Its path, on rank 0.
    func keepCheckpoint() throws -> String {
        try takeCheckpoint(isBest: false)
        team.clock.enter(.checkpoint)
        try reportCheckpoints(finishing: true)
        return newestCheckpoint
    }

    /// Ends the run if the state is not finite, or a rank's replica has drifted away from the others'.
    func requireSoundState() throws {
        try settleState()
        let check = StateDigest.check(task.parameters, optimizer, state, carried: task.carriedState)
        try communicator.requireSameReplica(String(check.sum, radix: 16), step: optimizer.step) { try partDigests() }
        if !check.isFinite { throw notFinite() }
    }

    /// Makes the state what it would be on any number of ranks: every row current, carried states on every rank.
    func settleState() throws {
        makeRowsCurrent()
        optimizer.forgetHistory()
        if let carried = task.carriedState { try communicator.exchange(carried, tree: reducer.tree) }
        state.plateau = schedule.plateau
    }

    /// The digest of each part of the state, by name.
    public func partDigests() throws -> [(name: String, digest: String)] {
        try StateDigest.partDigests(
            task.parameters, optimizer, state, artifacts: task.artifacts, carried: task.carriedState)
    }

    /// The digest of the state, which all ranks hold.
    func agreedDigest() throws -> String {
        try requireSoundState()
        return try StateDigest.digest(
            task.parameters, optimizer, state, artifacts: task.artifacts, carried: task.carriedState
        ).description
    }
}
