import Diagnostics
import Glibc

/// What some training steps took, on this rank.
public struct StepMeasurement: Sendable {
    public var steps = 0
    /// The slowest rank's.
    public var seconds = 0.0
    /// Processor time of all threads of the process.
    public var processorSeconds = 0.0
    /// Of all ranks.
    public var examples = 0
    public var tokens = 0
    /// By number of the `StepPhase`.
    public var nanoseconds: [UInt64] = []
    public var bytesSent = 0

    public init() {}
}

extension Trainer {
    /// Takes training steps for some time, without validations, reports or checkpoints.
    ///
    /// - Parameters:
    ///   - seconds: Measured at least so long; every rank takes the same steps.
    ///   - warmUp: Steps made before.
    public func measureSteps(seconds: Double, warmUp: Int = 3) throws -> StepMeasurement {
        var plan = task.trainingPlan(epoch: state.epoch)
        guard plan.stepCount > 0 else {
            throw Diagnostic(configuration.data.train, "it has no training steps", expected: "at least one")
        }
        func take(_ count: Int) throws {
            for _ in 0..<count {
                if state.stepInEpoch == plan.stepCount {
                    team.clock.enter(.data)
                    state.epoch += 1
                    state.stepInEpoch = 0
                    plan = task.trainingPlan(epoch: state.epoch)
                }
                try takeStep(plan)
            }
        }
        try take(warmUp)
        try communicator.barrier()
        let counts = state.epochTotals.counts, sent = reducer.bytesSent
        var result = StepMeasurement()
        let clock = ContinuousClock(), begin = clock.now, processor = processorSeconds()
        team.clock.start()
        repeat {
            // As many again, but no more than the time that is left has room for.
            let left = (seconds - result.seconds) / result.seconds * Double(result.steps)
            let count = result.steps == 0 ? 1 : max(1, min(result.steps, Int(min(left, 1e9)) + 1))
            try take(count)
            result.steps += count
            team.clock.enter(.waiting)
            result.seconds =
                try communicator.allGather([(clock.now - begin) / .seconds(1)]).map { $0[0] }.max() ?? seconds
        } while result.seconds < seconds
        result.nanoseconds = team.clock.stop()
        result.processorSeconds = processorSeconds() - processor
        result.examples = Int(state.epochTotals.counts[0] - counts[0])
        result.tokens = Int(state.epochTotals.counts[1] - counts[1])
        result.bytesSent = reducer.bytesSent - sent
        return result
    }
}

/// Time that processors have worked for this process.
private func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
