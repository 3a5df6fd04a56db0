/// How many ranks those who started this process meant, as they say in its environment.
///
/// Where MPI knows nothing of the launcher, each process becomes a run of one rank, and nothing else tells.
package struct Launch: Codable, Equatable, Sendable {
    package var launcher: String?
    package var launchedRanks: Int?
    package var slurmTasks: Int?

    /// - Parameter environment: As it was before MPI started, which adds to it.
    package init(environment: [String: String]) {
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) } }
        slurmTasks = number("SLURM_NTASKS")
        // The innermost launcher first: Open MPI's mpirun itself uses srun, MPICH's sets PMI_SIZE as does 'srun
        // --mpi=pmi2'.
        let launchers = [
            ("OMPI_COMM_WORLD_SIZE", "mpirun"), ("PMI_SIZE", "the launcher"), ("SLURM_STEP_NUM_TASKS", "srun"),
        ]
        for (variable, name) in launchers {
            guard let count = number(variable) else { continue }
            (launcher, launchedRanks) = (name, count)
            return
        }
    }

    /// - Parameters:
    ///   - ranks: What MPI says.
    ///   - library: MPI's name and version.
    package func finding(ranks: Int, library: String) -> Finding {
        let subject = "launch"
        if ranks > 1 { return .good(subject, "\(ranks) ranks in one run") }
        let slurm = "start it with srun --mpi=pmix (see srun --mpi=list), or with mpirun inside the allocation"
        if let launcher, let launchedRanks, launchedRanks > 1 {
            return .broken(
                subject, "\(launcher) started \(launchedRanks) processes, and MPI has one rank in each: separate runs",
                advice: launcher == "srun"
                    ? slurm : "use the mpirun of the library that the program is linked with, \(library)")
        }
        if let slurmTasks, slurmTasks > 1 {
            if launchedRanks == 1, launcher != "srun" {
                return .slow(
                    subject, "one rank in a Slurm allocation of \(slurmTasks) tasks",
                    advice: "without -n, mpirun starts \(slurmTasks) ranks there")
            }
            return .broken(
                subject, "Slurm has \(slurmTasks) tasks (SLURM_NTASKS), MPI has one rank: separate runs, or idle tasks",
                advice: slurm)
        }
        return .good(subject, "one rank; 'mpirun -n 2 rnn-dist …' starts two")
    }
}
