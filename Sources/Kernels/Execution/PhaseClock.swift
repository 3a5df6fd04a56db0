import Glibc

/// What a training step is doing, for a split of its time.
public enum StepPhase: Int, CaseIterable, Sendable {
    /// Plans and batches.
    case data
    /// Products of inputs with input weights, all time steps at once, or gathers of their rows.
    case inputProjection
    /// The recurrence forward in time.
    case recurrence
    /// Output layer and loss, forward.
    case output
    /// Gradient of the output layer's input.
    case outputBackward
    /// The recurrence backward in time.
    case recurrenceBackward
    /// Gradients of the layers' inputs.
    case inputBackward
    /// Weight and bias gradients of all layers, rows of embeddings among them.
    case weightGradients
    /// Until the slowest rank has come as far.
    case waiting
    /// Sums of gradients over ranks.
    case reduction
    /// Gradient norm, optimizer, and rows of tables brought up to the step.
    case optimizer
    /// Weights rearranged for products.
    case packing
    /// Anything else.
    case other
}

/// Adds up the time a rank spends in each phase of its training steps.
///
/// One line where a phase begins, `team.clock.enter(.recurrence)`; it ends where the next one begins. Off, as it is
/// unless somebody measures, that costs a load; on, a look at the clock. Only the team's first thread calls it.
public final class PhaseClock: @unchecked Sendable {
    public private(set) var isRunning = false
    /// By number of the phase.
    private var nanoseconds = [UInt64](repeating: 0, count: StepPhase.allCases.count)
    private var phase = StepPhase.other
    private var since: UInt64 = 0

    init() {}

    /// Begins to measure, from zero.
    public func start() {
        nanoseconds = nanoseconds.map { _ in 0 }
        phase = .other
        since = PhaseClock.now
        isRunning = true
    }

    /// Ends the current phase and begins another.
    public func enter(_ next: StepPhase) {
        if !isRunning { return }
        let now = PhaseClock.now
        nanoseconds[phase.rawValue] += now - since
        (phase, since) = (next, now)
    }

    /// Ends measuring.
    ///
    /// - Returns: Nanoseconds since `start`, by number of the phase.
    public func stop() -> [UInt64] {
        enter(.other)
        isRunning = false
        return nanoseconds
    }

    /// Nanoseconds of a clock that only goes forward.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
