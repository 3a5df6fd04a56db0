import Glibc
import Synchronization

/// What a rank is doing: in a training step, for a split of its time, and around it.
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
    /// Reading data and checkpoints, before the first step.
    case start
    /// Writing a checkpoint, and what goes before it.
    case checkpoint

    /// Those of a training step.
    public static let ofSteps = allCases.filter { $0 != .start && $0 != .checkpoint }
}

/// Adds up the time a rank spends in each phase of its training steps.
///
/// One line where a phase begins, `team.clock.enter(.recurrence)`; it ends where the next one begins. Where nobody
/// measures that costs a store, else a look at the clock. Only the team's first thread calls it; `latest` alone may be
/// asked for by others.
public final class PhaseClock: @unchecked Sendable {
    public private(set) var isRunning = false
    /// By number of the phase.
    private var nanoseconds = [UInt64](repeating: 0, count: StepPhase.allCases.count)
    private var phase = StepPhase.other
    private var since: UInt64 = 0
    /// The number of phases begun, times 256, and the latest one's.
    private let begun = Atomic<Int>(StepPhase.start.rawValue)
    /// The optimizer steps made, for those who watch.
    public let step = Atomic<Int>(0)

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
        begun.store((begun.load(ordering: .relaxed) | 255) &+ 1 &+ next.rawValue, ordering: .relaxed)
        if !isRunning { return }
        let now = PhaseClock.now
        nanoseconds[phase.rawValue] += now - since
        (phase, since) = (next, now)
    }

    /// The phase that was begun last, and how many were begun before: a rank whose number stands still does not go on.
    public var latest: (phase: StepPhase, number: Int) {
        let value = begun.load(ordering: .relaxed)
        return (StepPhase(rawValue: value & 255) ?? .other, value >> 8)
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
