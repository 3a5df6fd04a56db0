import Diagnostics
import Foundation

/// A process that reads a file for this one: killed, where it still runs, when its owner goes.
struct ReadingProcess: ~Copyable {
    /// What it says.
    let output: POSIXFile
    private let child: Child

    /// The number of a process, waited for once.
    private final class Child {
        private let number: pid_t
        private var status: Int32?

        init(_ number: pid_t) { self.number = number }

        deinit {
            kill(number, SIGKILL)
            _ = wait()
        }

        func wait() -> Int32 {
            if let status { return status }
            var status: Int32 = 0
            while waitpid(number, &status, 0) < 0 && errno == EINTR {}
            self.status = status
            return status
        }
    }

    private init(output: consuming POSIXFile, child: Child) {
        self.output = output
        self.child = child
    }

    /// Starts it, with nothing of this process's but the folder it runs in.
    ///
    /// - Parameters:
    ///   - words: The program's path and its arguments.
    ///   - subject: The file it is to read, for messages.
    static func start(_ words: [String], subject: String) throws -> ReadingProcess {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw POSIXFile.failure(errno, subject, unstarted) }
        let output = POSIXFile(descriptor: ends[0])
        let input = POSIXFile(descriptor: ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, input.descriptor, 1)
        // What a crash says is not for the user.
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var number: pid_t = 0
        let program = words.first ?? ""
        let status = withStrings(words) { words in
            withStrings(environment) { posix_spawn(&number, program, &actions, &attributes, words, $0) }
        }
        guard status == 0 else { throw POSIXFile.failure(status, subject, unstarted) }
        return ReadingProcess(output: output, child: Child(number))
    }

    /// Why there is no answer; waits for the end of a process that has closed its output.
    func explanation(of failure: ForeignReply.Failure, _ limits: ForeignFile.Limits) -> String {
        let late = "reading it takes more than \(limits.seconds) s"
        switch failure {
        case .late: return late
        case .refused(let found, _, _): return found
        case .nonsense: return "what the process that reads it says makes no sense"
        case .ended: break
        }
        let status = child.wait(), signal = status & 0x7F
        if signal == SIGXCPU { return late }
        if signal == SIGKILL { return "\(late), or more memory than there is" }
        guard signal == 0 else {
            return
                "libhdf5 crashes on it, or wants more memory than its values need "
                    + "(\(String(cString: strsignal(signal))))"
        }
        return "the process that reads it ended with status \(status >> 8)"
    }

    private static let unstarted = "the process that is to read it cannot be started"

    /// Nothing of MPI, no settings of others for libhdf5; where shared libraries lie.
    private static var environment: [String] {
        let kept = ["LD_LIBRARY_PATH", "PATH"].compactMap { name in
            ProcessInfo.processInfo.environment[name].map { "\(name)=\($0)" }
        }
        // Locks fail on some parallel file systems; a crash is nothing to look into.
        return kept + [
            "HDF5_PLUGIN_PRELOAD=::", "HDF5_USE_FILE_LOCKING=FALSE", "SWIFT_BACKTRACE=enable=no",
        ]
    }

    /// Lends texts as an array of pointers that ends with nil.
    private static func withStrings<Result>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = texts.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("the list has an end") }
            return body(start)
        }
    }
}
