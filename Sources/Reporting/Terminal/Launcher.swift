import Foundation

/// What started this process as one of several ranks.
public struct Launcher: Sendable {
    /// This process's rank, known before MPI runs.
    public let rank: Int
    /// Processes that were started; nil: it did not say.
    public let size: Int?
    /// Of them on this host; nil: it did not say.
    public let sizeOnHost: Int?

    /// Nil: started alone.
    public static let current: Launcher? = {
        let environment = ProcessInfo.processInfo.environment
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
        // Open MPI; PMIx (Slurm's `--mpi=pmix`); PMI (MPICH, Slurm's `--mpi=pmi2`).
        for (rank, size, here) in [
            ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"),
            ("PMIX_RANK", "SLURM_NTASKS", "SLURM_NTASKS_PER_NODE"), ("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"),
        ] {
            if let rank = number(rank) { return Launcher(rank: rank, size: number(size), sizeOnHost: number(here)) }
        }
        return nil
    }()

    /// A path to open for what mpirun shows this rank's output on; nil: mpirun is none of this process's ancestors.
    ///
    /// mpirun gives its ranks a terminal of their own even where it writes to a file itself, so asking a rank's
    /// standard output tells nothing.
    static let outputPath: String? = {
        var process = getppid()
        while process > 1, let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) {
            func field(_ name: String) -> String? {
                status.split(separator: "\n").first { $0.hasPrefix(name + ":\t") }.map {
                    String($0.dropFirst(name.utf8.count + 2))
                }
            }
            if let name = field("Name"), ["mpirun", "mpiexec", "orterun", "prterun", "orted", "prted"].contains(name) {
                return "/proc/\(process)/fd/1"
            }
            guard let parent = field("PPid").flatMap({ pid_t($0) }) else { return nil }
            process = parent
        }
        return nil
    }()
}
