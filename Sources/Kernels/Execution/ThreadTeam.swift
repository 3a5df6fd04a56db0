import Glibc
import Synchronization

/// The threads of a rank: they split output tiles and rows, never a sum, so that their number changes no bit.
///
/// The calling thread is the first of the team. Idle threads look for work for a moment, then sleep.
public final class ThreadTeam: @unchecked Sendable {
    public let count: Int
    /// Where the time of training steps goes; off unless somebody measures.
    public let clock = PhaseClock()
    /// Where numbers first are not finite; off unless a step went wrong.
    public let probe = FiniteProbe()
    private let shared: Shared
    private var threads: [pthread_t] = []

    public init(count: Int) {
        precondition(count >= 1, "a team has at least one thread")
        self.count = count
        shared = Shared()
        Processor.setFloatingPointEnvironment()
        for number in 1..<max(1, count) {
            var thread = pthread_t()
            let start = Unmanaged.passRetained(Worker(shared: shared, number: number))
            let status = pthread_create(&thread, nil, { argument in
                if let argument { Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, start.toOpaque())
            precondition(status == 0, "the operating system refused a thread")
            threads.append(thread)
        }
    }

    deinit {
        shared.post(nil)
        for thread in threads { pthread_join(thread, nil) }
    }

    /// Calls `body` once for each part of `0 ..< total`, cut at multiples of `grain`, one part a thread.
    public func split(_ total: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        let grains = (total + grain - 1) / grain
        let parts = min(count, grains)
        if parts <= 1 {
            if total > 0 { body(0..<total) }
            return
        }
        run { thread in
            if thread >= parts { return }
            let first = grains * thread / parts * grain, end = min(total, grains * (thread + 1) / parts * grain)
            if first < end { body(first..<end) }
        }
    }

    /// Calls `body` once on every thread of the team, with the thread's number.
    public func run(_ body: (Int) -> Void) {
        if count == 1 { return body(0) }
        withoutActuallyEscaping(body) { body in
            shared.remaining.store(count - 1, ordering: .relaxed)
            shared.post(body)
            body(0)
            var spins = 0
            while shared.remaining.load(ordering: .acquiring) > 0 {
                spins += 1
                if spins > 4096 { sched_yield() }
            }
            shared.work = nil
        }
    }
}

/// What the threads of a team see.
private final class Shared: @unchecked Sendable {
    let generation = Atomic<Int>(0)
    let remaining = Atomic<Int>(0)
    var work: ((Int) -> Void)?
    private var mutex = pthread_mutex_t()
    private var condition = pthread_cond_t()

    init() {
        pthread_mutex_init(&mutex, nil)
        pthread_cond_init(&condition, nil)
    }

    /// Hands out work; nil ends the threads.
    func post(_ body: ((Int) -> Void)?) {
        pthread_mutex_lock(&mutex)
        work = body
        generation.wrappingAdd(1, ordering: .releasing)
        pthread_cond_broadcast(&condition)
        pthread_mutex_unlock(&mutex)
    }

    func wait(after seen: Int) -> Int {
        for _ in 0..<4096 {
            let now = generation.load(ordering: .acquiring)
            if now != seen { return now }
        }
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(&condition, &mutex) }
        return generation.load(ordering: .acquiring)
    }
}

private final class Worker {
    let shared: Shared
    let number: Int

    init(shared: Shared, number: Int) {
        self.shared = shared
        self.number = number
    }

    func run() {
        Processor.setFloatingPointEnvironment()
        var seen = 0
        while true {
            seen = shared.wait(after: seen)
            guard perform() else { return }
            shared.remaining.wrappingSubtract(1, ordering: .releasing)
        }
    }

    /// Apart, so that this thread has let go of the work before it counts as done: whoever handed it out may
    /// then check that it has not escaped.
    @inline(never)
    private func perform() -> Bool {
        guard let work = shared.work else { return false }
        work(number)
        return true
    }
}
