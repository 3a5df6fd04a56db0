import Glibc
import Synchronization

/// A request to stop at the next step boundary: a signal, or the clock.
public enum StopRequest {
    private static let signalled = Atomic<Bool>(false)
    private static let interrupted = Atomic<Bool>(false)

    /// From now on USR1 and USR2 ask for a stop. Further ones change nothing: a signal to a whole process group
    /// reaches a rank twice, once through mpirun, and must not cost the checkpoint.
    public static func listen() {
        for number in [SIGUSR1, SIGUSR2] {
            signal(number) { _ in StopRequest.signalled.store(true, ordering: .relaxed) }
        }
        // INT and TERM ask as well; the second one is meant.
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

    package static var isSignalled: Bool { signalled.load(ordering: .relaxed) }
}
