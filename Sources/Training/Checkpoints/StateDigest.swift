import ContentDigest
import Kernels
import Optimization
import RecurrentNetworks
import Tasks

/// SHA-256 over everything that decides how a run goes on: weights, optimizer state brought up to the step,
/// position, vocabularies, schedule and stopping state. Not over configuration, times, paths or metrics.
package struct StateDigest {
    /// - Parameter parameters: Tables must be current.
    package static func digest(
        _ parameters: Parameters<Float>, _ optimizer: Optimizer, _ state: TrainingState, artifacts: [TaskArtifact],
        carried: CarriedState?
    ) throws -> SHA256Digest {
        var hasher = try SHA256Hasher()
        for part in parts(parameters, optimizer, state, artifacts: artifacts, carried: carried) {
            hasher.update("\(part.name)\n")
            part.add(&hasher)
        }
        return hasher.finalize()
    }

    /// What tells replicas apart, in one pass over memory: for ranks of one run, whose numbers lie alike.
    static func check(
        _ parameters: Parameters<Float>, _ optimizer: Optimizer, _ state: TrainingState, carried: CarriedState?
    ) -> BufferCheck {
        var check = BufferCheck()
        func add(_ moments: Moments<Float>) {
            for case let moment? in [moments.first, moments.second] { check.add(moment) }
        }
        check.add(parameters.dense)
        add(optimizer.denseMoments)
        for (number, slice) in parameters.layout.tables.enumerated() {
            check.add(parameters.tables[number].storage)
            guard slice.isTrained else { continue }
            add(optimizer.tables[number].moments)
            check.add(optimizer.tables[number].momentStep)
        }
        if let carried { check.add(carried.rows.storage) }
        check.add(state.positionNumbers(optimizer.step))
        return check
    }

    /// A digest of each part by itself, by name: to tell which of them differ.
    static func partDigests(
        _ parameters: Parameters<Float>, _ optimizer: Optimizer, _ state: TrainingState, artifacts: [TaskArtifact],
        carried: CarriedState?
    ) throws -> [(name: String, digest: String)] {
        try parts(parameters, optimizer, state, artifacts: artifacts, carried: carried).map { part in
            var hasher = try SHA256Hasher()
            part.add(&hasher)
            return (part.name, hasher.finalize().description)
        }
    }

    /// What the state consists of, sorted by name.
    private static func parts(
        _ parameters: Parameters<Float>, _ optimizer: Optimizer, _ state: TrainingState, artifacts: [TaskArtifact],
        carried: CarriedState?
    ) -> [(name: String, add: (inout SHA256Hasher) -> Void)] {
        var parts: [(name: String, add: (inout SHA256Hasher) -> Void)] = []
        for slice in parameters.layout.dense {
            func add(_ name: String, _ values: AlignedBuffer<Float>) {
                // Row-major, as a checkpoint has them.
                parts.append((name, { hasher in
                    let rows = slice.load(from: values).storage
                    withExtendedLifetime(rows) { hasher.update(UnsafeRawBufferPointer(rows.elements)) }
                }))
            }
            add("weights/\(slice.name)", parameters.dense)
            for (name, moment) in [("first", optimizer.denseMoments.first), ("second", optimizer.denseMoments.second)] {
                if let moment { add("optimizer/\(slice.name)/\(name)", moment) }
            }
        }
        for (number, slice) in parameters.layout.tables.enumerated() {
            parts.append(
                (
                    "weights/\(slice.name)",
                    { $0.update(UnsafeRawBufferPointer(parameters.tables[number].storage.elements)) }
                ))
            guard slice.isTrained else { continue }
            let moments = optimizer.currentMoments(table: number, width: slice.width)
            for (name, moment) in [("first", moments.first), ("second", moments.second)] {
                guard let moment else { continue }
                parts.append(
                    ("optimizer/\(slice.name)/\(name)", { hasher in moment.withUnsafeBytes { hasher.update($0) } }))
            }
        }
        if let carried {
            parts.append(("state/carried", { $0.update(UnsafeRawBufferPointer(carried.rows.storage.elements)) }))
        }
        parts.append(
            ("position", { hasher in state.positionNumbers(optimizer.step).withUnsafeBytes { hasher.update($0) } }))
        if optimizer.rule == .averagedSGD {
            // The losses so far decide when averaging begins.
            let numbers = [UInt64(bitPattern: Int64(optimizer.averagingSince ?? -1))]
                + state.history.compactMap { $0.validationLoss?.bitPattern }
            parts.append(("state/averaging", { hasher in numbers.withUnsafeBytes { hasher.update($0) } }))
        }
        for artifact in artifacts {
            parts.append(("artifacts/\(artifact.name)", { hasher in
                for text in artifact.texts { hasher.update("\(text.utf8.count):\(text)") }
            }))
        }
        return parts.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

extension TrainingState {
    /// Position, schedule and stopping state as numbers, for the digest.
    func positionNumbers(_ step: Int) -> [UInt64] {
        var numbers = [step, epoch, stepInEpoch, plateau.waited, stopping.bestStep, stopping.waited].map {
            UInt64(bitPattern: Int64($0))
        }
        for value in [plateau.factor, plateau.best ?? .nan, stopping.best ?? .nan] + epochTotals.sums {
            numbers.append(value.bitPattern)
        }
        numbers += epochTotals.counts.map { UInt64(bitPattern: $0) }
        if leftOut != LeftOutSteps() { numbers += [UInt64(leftOut.total), UInt64(leftOut.inARow)] }
        return numbers
    }
}

extension StoredCheckpoint {
    /// The digest of the stored state, computed anew.
    ///
    /// - Parameter task: The checkpoint's; its parameters are restored.
    public func stateDigest(_ task: any SequenceTask) throws -> String {
        let (optimizer, state) = try restoredState(task)
        return try StateDigest.digest(
            task.parameters, optimizer, state, artifacts: task.artifacts, carried: task.carriedState
        ).description
    }

    /// The digest of each part of the stored state, by name.
    ///
    /// - Parameter task: Of the checkpoint's configuration; its parameters are lost.
    public func partDigests(_ task: any SequenceTask) throws -> [(name: String, digest: String)] {
        let (optimizer, state) = try restoredState(task)
        return try StateDigest.partDigests(
            task.parameters, optimizer, state, artifacts: task.artifacts, carried: task.carriedState)
    }

    /// Restores the task's parameters, and what belongs to them.
    private func restoredState(_ task: any SequenceTask) throws -> (Optimizer, TrainingState) {
        let optimizer = Optimizer(configuration.training.optimizer, task.parameters.layout)
        let zeros = Totals(
            sums: [Double](repeating: 0, count: task.totalsShape.sums),
            counts: [Int64](repeating: 0, count: task.totalsShape.counts))
        return (optimizer, try restore(task.parameters, optimizer, totals: zeros, carried: task.carriedState))
    }
}
