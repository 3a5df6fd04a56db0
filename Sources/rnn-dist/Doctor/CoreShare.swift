import Foundation
import MessagePassing

/// What part of its host's cores falls to a rank.
package enum CoreShare {
    /// Cores for one rank: those it may run on, each divided among the ranks that may run on it.
    ///
    /// MPI launchers bind ranks to a core, a socket, or not at all: the sets of two ranks may be equal, apart, or
    /// overlap.
    ///
    /// - Parameters:
    ///   - own: The rank's cores.
    ///   - neighbours: The cores of each rank on the host, this one included.
    ///   - limit: Cores' worth of time that the container grants to all of them; nil: no limit.
    /// - Returns: Less than 1 where ranks must take turns.
    package static func cores(own: CoreSet, neighbours: [CoreSet], limit: Double?) -> Double {
        var users: [Int: Int] = [:]
        for set in neighbours { for core in set.cores { users[core, default: 0] += 1 } }
        let share = own.cores.reduce(0.0) { $0 + 1 / Double(max(1, users[$1] ?? 1)) }
        return min(share, (limit ?? .infinity) / Double(max(1, neighbours.count)))
    }

    /// Cores of a job's host on which none of its ranks may run, and how many it could use.
    ///
    /// - Parameters:
    ///   - own: The cores of each rank of the host.
    ///   - launchers: Those of what started each rank.
    ///   - limit: As for `cores`.
    package static func idle(own: [CoreSet], launchers: [CoreSet], limit: Double?) -> (idle: Int, all: Int) {
        let used = own.reduce(CoreSet([])) { $0.union($1) }, job = launchers.reduce(used) { $0.union($1) }
        let all = min(job.count, limit.map { max(1, Int($0)) } ?? .max)
        return (max(0, all - used.count), all)
    }

    /// Threads for a share of cores.
    package static func threads(cores: Double) -> Int {
        // Thirds and sixths must still add up to whole cores.
        max(1, Int((min(cores, 65_536) + 1e-6).rounded(.down)))
    }
}

extension Communicator {
    /// Cores of this rank's host that belong to the job, and on which binding lets no rank run. Every rank calls it.
    func idleCores() throws -> (idle: Int, all: Int) {
        let cores = ProcessorFacts.ownCores
        let sets = try [cores.own, cores.launcher].map { set in
            try allGather(set.cores.map(Int32.init(truncatingIfNeeded:))).map { CoreSet($0.map(Int.init)) }
        }
        return CoreShare.idle(
            own: ranksOnThisHost.map { sets[0][$0] }, launchers: ranksOnThisHost.map { sets[1][$0] },
            limit: ControlGroup.own.cores)
    }

    /// Threads a rank uses unless told otherwise: its share of the host's cores. Every rank calls it.
    func ownThreads() throws -> Int {
        let own = ProcessorFacts.ownCores.own
        let all = try allGather(own.cores.map(Int32.init(truncatingIfNeeded:))).map { CoreSet($0.map(Int.init)) }
        return CoreShare.threads(
            cores: CoreShare.cores(own: own, neighbours: ranksOnThisHost.map { all[$0] }, limit: ControlGroup.own.cores)
        )
    }
}
