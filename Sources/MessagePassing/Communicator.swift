internal import CMPI
import Diagnostics
import Glibc
import Synchronization

/// All ranks of the run. Started without mpirun, a run has one rank.
///
/// Every rank makes the same calls in the same order. Calls come from one thread at a time; `abort` alone may
/// come from any. A failed call leaves the ranks out of step: report it and `abort`.
public final class Communicator {
    /// This rank, from 0.
    public let rank: Int
    /// Number of ranks.
    public let size: Int
    /// Name of this rank's host.
    public let host: String
    /// Ranks that share this rank's host and memory, itself included, rising.
    public let ranksOnThisHost: [Int]
    /// Bytes this rank has sent in tree sums (collectives of the library are not counted).
    public internal(set) var bytesSent = 0

    /// Whether waiting for messages leaves the core to others, which costs some microseconds for each; else it does not
    /// let go of it. Any thread may change it.
    public var sleepsWhileWaiting: Bool {
        get { sleeps.load(ordering: .relaxed) }
        set { sleeps.store(newValue, ordering: .relaxed) }
    }
    private let sleeps = Atomic<Bool>(false)

    /// Longer messages are cut: MPI counts in 32 bits, and tests cut earlier. The same on every rank.
    package var messageLimit = 1 << 30

    /// Starts MPI, or joins it where it runs already.
    ///
    /// - Throws: `Diagnostic` where MPI cannot start or does not allow calls from several threads in turn.
    ///
    /// The corresponding C function is `MPI_Init_thread`.
    public init() throws {
        var (finished, started): (Int32, Int32) = (0, 0)
        try mpi("looking at its state", MPI_Finalized(&finished))
        guard finished == 0 else { throw Diagnostic("MPI", "has been shut down", expected: "one start in a process") }
        try mpi("looking at its state", MPI_Initialized(&started))
        var level: Int32 = 0
        let wanted = Int32(MPI_THREAD_SERIALIZED)
        if started == 0 {
            // Without mpirun, Open MPI would start a daemon of its own, which takes time and may fail under load.
            setenv("OMPI_MCA_ess_singleton_isolated", "1", 0)
            try mpi("starting", MPI_Init_thread(nil, nil, wanted, &level))
        } else {
            try mpi("looking at its state", MPI_Query_thread(&level))
        }
        guard level >= wanted else {
            throw Diagnostic(
                "MPI", "this library offers thread level \(level)",
                expected: "at least \(wanted) (MPI_THREAD_SERIALIZED)",
                hint: "use an MPI library built with thread support")
        }
        // The default handler ends the process before anyone can say what happened.
        try mpi("setting the error handler", MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN))
        var (rank, size): (Int32, Int32) = (0, 0)
        try mpi("telling the rank", MPI_Comm_rank(MPI_COMM_WORLD, &rank))
        try mpi("telling the number of ranks", MPI_Comm_size(MPI_COMM_WORLD, &size))
        self.rank = Int(rank)
        self.size = Int(size)
        host = try Self.processorName()
        ranksOnThisHost = try Self.neighbours(of: rank)
    }

    /// Shuts MPI down; every rank calls it, a second call does nothing.
    ///
    /// The corresponding C function is `MPI_Finalize`.
    public func finish() throws {
        var finished: Int32 = 0
        try mpi("looking at its state", MPI_Finalized(&finished))
        if finished == 0 { try mpi("shutting down", MPI_Finalize()) }
    }

    /// Ends all ranks with an exit status; may be called from any thread. Where MPI does not run, nothing happens:
    /// the caller exits itself, afterwards as well.
    ///
    /// The corresponding C function is `MPI_Abort`.
    public static func abort(status: Int32) {
        var (started, finished): (Int32, Int32) = (0, 0)
        MPI_Initialized(&started)
        MPI_Finalized(&finished)
        if started != 0, finished == 0 { MPI_Abort(MPI_COMM_WORLD, status) }
    }

    /// Name and version of the MPI library.
    ///
    /// The corresponding C function is `MPI_Get_library_version`.
    public static func libraryVersion() throws -> String {
        try text(capacity: Int(MPI_MAX_LIBRARY_VERSION_STRING)) {
            try mpi("telling its version", MPI_Get_library_version($0, $1))
        }
    }

    private static func processorName() throws -> String {
        try text(capacity: Int(MPI_MAX_PROCESSOR_NAME)) {
            try mpi("telling the host's name", MPI_Get_processor_name($0, $1))
        }
    }

    private static func neighbours(of rank: Int32) throws -> [Int] {
        var local = MPI_COMM_NULL
        try mpi(
            "finding the ranks of this host",
            MPI_Comm_split_type(MPI_COMM_WORLD, Int32(MPI_COMM_TYPE_SHARED), rank, MPI_INFO_NULL, &local))
        var count: Int32 = 0
        try mpi("counting the ranks of this host", MPI_Comm_size(local, &count))
        var ranks = [Int64](repeating: 0, count: Int(count))
        var own = Int64(rank)
        try mpi("listing the ranks of this host", MPI_Allgather(&own, 1, MPI_INT64_T, &ranks, 1, MPI_INT64_T, local))
        try mpi("listing the ranks of this host", MPI_Comm_free(&local))
        return ranks.map(Int.init)
    }
}
