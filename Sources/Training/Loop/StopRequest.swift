import Glibc
import Synchronization

/// A request to stop at the next step boundary: a signal, or the clock.
public enum StopRequest {
    private static let signalled = Atomic<Bool>(false)

    /// From now on USR1 and USR2 ask for a stop; a second one ends the process at once.
    public static func listen() {
        for number in [SIGUSR1, SIGUSR2] {
            signal(number) { number in
                if StopRequest.signalled.exchange(true, ordering: .relaxed) { _exit(128 + number) }
            }
        }
    }

    static var isSignalled: Bool { signalled.load(ordering: .relaxed) }
}
