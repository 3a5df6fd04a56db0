/// The ranks of one host and what they share.
package struct HostRanks {
    package var name: String
    package var ranks: [RankFacts]

    /// The hosts of a run, by their lowest rank; hosts are told apart by shared memory, since names may repeat.
    package static func grouped(_ facts: [RankFacts]) -> [HostRanks] {
        var hosts: [HostRanks] = []
        var firsts: [Int] = []
        for rank in facts {
            let first = rank.neighbours.first ?? rank.rank
            if let index = firsts.firstIndex(of: first) {
                hosts[index].ranks.append(rank)
            } else {
                firsts.append(first)
                hosts.append(HostRanks(name: rank.host, ranks: [rank]))
            }
        }
        return hosts
    }

    /// Cores of the job here.
    private var jobCores: CoreSet {
        ranks.reduce(CoreSet([])) { $0.union($1.processor.launcherCores).union($1.processor.cores) }
    }
    private var coreLimit: Double? { ranks.compactMap(\.processor.coreLimit).min() }

    /// Where the ranks run, and whether each core has one user.
    package var coresFinding: Finding {
        let subject = "host", job = jobCores.count, total = ranks.map(\.processor.hostCores).max() ?? job
        let idle = CoreShare.idle(
            own: ranks.map(\.processor.cores), launchers: ranks.map(\.processor.launcherCores), limit: coreLimit
        ).idle
        var fact = "\(name): \(Self.count(ranks.count, "rank")) of \(threadsText) on \(Self.count(job, "core"))"
        if total > job { fact += " of \(total)" }
        fact += ", \(bindingText)"
        if let coreLimit { fact += ", limited to the time of \(Self.decimal(coreLimit)) cores" }

        let neighbours = ranks.map(\.processor.cores)
        let leastShare = neighbours.map { CoreShare.cores(own: $0, neighbours: neighbours, limit: nil) }.min() ?? 1
        if ranks.count > job {
            return .slow(
                subject, fact + "; oversubscribed",
                advice: "start at most \(Self.count(job, "rank")) here: ranks that take turns hold up all others")
        }
        if leastShare < 1 - 1e-6 {
            return .slow(
                subject, fact + "; some ranks share a core",
                advice: "give each its own: mpirun --map-by core --bind-to core (srun: --cpu-bind=cores)")
        }
        if let coreLimit, Double(ranks.count) > coreLimit + 1e-6 {
            let most = Self.count(max(1, Int(coreLimit)), "rank")
            return .slow(subject, fact, advice: "start at most \(most) here, or raise the limit")
        }
        if idle > 0 {
            return .slow(
                subject, fact + "; \(Self.count(idle, "core")) left out",
                advice:
                    "start \(job) ranks here, or let threads use all cores: mpirun --bind-to none (srun: "
                        + "--cpu-bind=none)"
            )
        }
        return .good(subject, fact)
    }

    private var threadsText: String {
        let counts = ranks.map(\.processor.threads), least = counts.min() ?? 1, most = counts.max() ?? 1
        return least == most ? Self.count(least, "thread") : "\(least) to \(most) threads"
    }

    /// The sets of cores, unless there are too many to read.
    private var bindingText: String {
        let sets = ranks.map(\.processor.cores)
        if sets.allSatisfy({ $0 == jobCores }) { return "unbound" }
        let sizes = sets.map(\.count), least = sizes.min() ?? 0, most = sizes.max() ?? 0
        var text = "bound to " + (least == most ? Self.count(least, "core") : "\(least) to \(most) cores")
        if ranks.count > 1 { text += " each" }
        if ranks.count <= 8 { text += " (" + sets.map(\.text).joined(separator: " · ") + ")" }
        return text
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// Without the empty decimal: `2`, `1.5`.
    private static func decimal(_ value: Double) -> String {
        value == value.rounded() && value < 1e6 ? "\(Int(value))" : "\((value * 10).rounded() / 10)"
    }
}
