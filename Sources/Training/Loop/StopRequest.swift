import Glibc
import Synchronization

/// A request to stop at the next step boundary: a signal, or the clock.
public enum StopRequest {
    private static let signalled = Atomic<Bool>(false)
    private static let interrupted = Atomic<Bool>(false)
    /// When the first USR1 or USR2 came, in nanoseconds; 0: none has come.
    private static let asked = Atomic<Int>(0)

    /// From now on USR1 and USR2 ask for a stop, and a second one ends the process at once. Not before two seconds
    /// have gone by: a signal to a whole process group reaches a rank twice, once through mpirun, and must not cost the
    /// checkpoint.
    public static func listen() {
        for number in [SIGUSR1, SIGUSR2] {
            signal(number) { _ in
                var time = timespec()
                clock_gettime(CLOCK_MONOTONIC, &time)
                let now = time.tv_sec * 1_000_000_000 + time.tv_nsec
                let first = StopRequest.asked.compareExchange(expected: 0, desired: now, ordering: .relaxed)
                if !first.exchanged && now - first.original > 2_000_000_000 { _exit(128 + SIGUSR1) }
                StopRequest.signalled.store(true, ordering: .relaxed)
            }
        }
        // A terminal that is closed asks, too: the shell and the kernel say so once each, so that no second one is meant.
        if !isIgnored(SIGHUP) { signal(SIGHUP) { _ in StopRequest.signalled.store(true, ordering: .relaxed) } }
        // INT and TERM ask as well, whatever was asked before; the second one is meant.
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                if StopRequest.interrupted.exchange(true, ordering: .relaxed) { _exit(128 + number) }
                StopRequest.signalled.store(true, ordering: .relaxed)
            }
        }
        // Launchers block these two until here: a signal that came before there was a handler comes now.
        var waiting = sigset_t()
        sigemptyset(&waiting)
        sigaddset(&waiting, SIGUSR1)
        sigaddset(&waiting, SIGUSR2)
        pthread_sigmask(SIG_UNBLOCK, &waiting, nil)
    }

    /// As `nohup` leaves it.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    package static var isSignalled: Bool { signalled.load(ordering: .relaxed) }
}
