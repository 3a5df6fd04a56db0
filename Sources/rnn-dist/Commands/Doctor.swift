import ArgumentParser
import Foundation
import MessagePassing
import Training

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at what training depends on: MPI, cores, libraries, memory.",
        discussion: """
            mpirun -n 8 rnn-dist doctor      as you would train: ranks, hosts and binding are looked at, too

            Each line is good, slow (training runs, but slower or less safely than it could) or broken; the last two \
            say what to do. Exit status 1 where something is broken.

            --json: verdict, rank_count, host_count; findings, each with subject, verdict, fact and advice; ranks, \
            each with rank, host, mpi, hdf5, processor, processor_level, built_level, host_cores, \
            cores (where it may run), core_limit, threads, rounding_set, memory_bytes, memory_available_bytes, \
            memory_limit_bytes, shared_memory_bytes, shared_memory_free_bytes, open_file_limit, host_name_known and \
            host_name_seconds (null but for the first rank of a host), sums_right, sum_bytes, sum_seconds, \
            gigaflops_per_core.
            """)

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        // Before MPI starts, which adds to the environment.
        let launch = Launch(environment: ProcessInfo.processInfo.environment)
        try runOnRanks { communicator in
            let threads = try communicator.ownThreads(), trial = try Trial(communicator)
            let own = try communicator.onAllRanks {
                try JSONEncoder().encode(try RankFacts(communicator, launch: launch, threads: threads, trial: trial))
            }
            let facts = try communicator.allGather(Array(own)).map {
                try JSONDecoder().decode(RankFacts.self, from: Data($0))
            }
            let examination = Examination(facts)
            if communicator.rank == 0 {
                print(
                    json ? examination.json.text + "\n" : "rnn-dist \(programVersion): " + examination.text,
                    terminator: "")
            }
            return examination.verdict == .broken ? ExitStatus.failed : 0
        }
    }
}
