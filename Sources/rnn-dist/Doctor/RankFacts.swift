import HDF5
import Kernels
import MessagePassing

/// What a rank finds on its own machine, before anything is judged.
package struct RankFacts: Codable, Equatable, Sendable {
    package var rank: Int
    package var host: String
    /// The ranks of the same host, this one included.
    package var neighbours: [Int]
    package var mpi: String
    package var hdf5: String
    package var launch: Launch
    package var processor: ProcessorFacts
    package var memory: MemoryFacts
    /// nil: another rank of the host has looked.
    package var hostName: HostNameFacts?
    package var trial: Trial

    package init(
        rank: Int, host: String, neighbours: [Int], mpi: String, hdf5: String, launch: Launch,
        processor: ProcessorFacts, memory: MemoryFacts, hostName: HostNameFacts?, trial: Trial
    ) {
        self.rank = rank
        self.host = host
        self.neighbours = neighbours
        self.mpi = mpi
        self.hdf5 = hdf5
        self.launch = launch
        self.processor = processor
        self.memory = memory
        self.hostName = hostName
        self.trial = trial
    }

    /// Looks at this rank's machine, without a word to the others.
    init(_ communicator: Communicator, launch: Launch, threads: Int, trial: Trial) throws {
        let neighbours = communicator.ranksOnThisHost
        self.init(
            rank: communicator.rank, host: communicator.host, neighbours: neighbours,
            mpi: Self.shortened(try Communicator.libraryVersion()), hdf5: try HDF5Library.version(),
            launch: launch, processor: ProcessorFacts(threads: threads), memory: try MemoryFacts(),
            hostName: neighbours.first == communicator.rank ? HostNameFacts() : nil, trial: trial)
    }

    /// A library's first statement, without its build: `Open MPI v4.1.4`, `MPICH Version: 4.0.2`.
    package static func shortened(_ version: String) -> String {
        let first = version.split(whereSeparator: { $0 == "," || $0 == "\n" }).first ?? ""
        return first.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }
}
