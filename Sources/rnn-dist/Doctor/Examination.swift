import Reporting

/// What the facts of all ranks amount to; every rank comes to the same.
package struct Examination {
    package let facts: [RankFacts]
    package let findings: [Finding]

    package var verdict: Verdict { findings.verdict }

    /// - Parameter facts: Of each rank, by rank; at least one.
    package init(_ facts: [RankFacts]) {
        precondition(!facts.isEmpty, "a run has at least one rank")
        self.facts = facts
        let hosts = HostRanks.grouped(facts)
        let level = facts.map(\.processor.level).min() ?? 0
        findings =
            Self.merged(facts) { .good("MPI", $0.mpi) }
            + [facts[0].launch.finding(ranks: facts.count, library: facts[0].mpi)]
            + hosts.map(\.coresFinding)
            + Self.merged(facts) { $0.processor.finding(commonLevel: level) }
            + Self.merged(facts, \.processor.roundingFinding)
            + Self.merged(facts) { .good("HDF5", "version \($0.hdf5)") }
            + Self.perHost(hosts) { $0.memory.finding(ranks: $1) }
            + Self.perHost(hosts) { $0.memory.sharedMemoryFinding(ranks: $1) }
            + Self.merged(facts.filter { $0.memory.openFilesFinding(ranks: facts.count) != nil }, among: facts) {
                $0.memory.openFilesFinding(ranks: facts.count) ?? .good("open files", "enough")
            }
            + hosts.compactMap { $0.ranks.compactMap(\.hostName).first?.finding }
            + [Self.sums(facts), Self.speed(facts)]
    }

    /// One finding for all ranks of which the same is to be said.
    ///
    /// - Parameter all: The ranks of the run; a finding that does not hold for all of them names those it holds for.
    private static func merged(
        _ facts: [RankFacts], among all: [RankFacts]? = nil, _ judge: (RankFacts) -> Finding
    ) -> [Finding] {
        var groups: [(finding: Finding, ranks: [RankFacts])] = []
        for rank in facts {
            let finding = judge(rank)
            if let index = groups.firstIndex(where: { $0.finding == finding }) {
                groups[index].ranks.append(rank)
            } else {
                groups.append((finding, [rank]))
            }
        }
        let count = (all ?? facts).count
        return groups.map { group in
            guard group.ranks.count < count else { return group.finding }
            var finding = group.finding
            let ranks = CoreSet(group.ranks.map(\.rank))
            finding.fact += " (rank\(ranks.count == 1 ? "" : "s") \(ranks.text) on \(hostNames(group.ranks)))"
            return finding
        }
    }

    /// One finding for each host, but a single one for all hosts that are well: a cluster has many.
    private static func perHost(_ hosts: [HostRanks], _ judge: (RankFacts, Int) -> Finding) -> [Finding] {
        let judged = hosts.flatMap { host in
            // What a host has is the same for each of its ranks: the first one speaks.
            host.ranks.prefix(1).map { (host.name, judge($0, host.ranks.count)) }
        }
        if judged.count == 1 { return judged.map(\.1) }
        let good = judged.filter { $0.1.verdict == .good }
        let others = judged.filter { $0.1.verdict != .good }
        var findings: [Finding] = []
        if let (name, finding) = good.first {
            let which = good.count == judged.count ? "all" : "\(good.count) of"
            findings.append(
                .good(finding.subject, "enough on \(which) \(judged.count) hosts; \(name): \(finding.fact)"))
        }
        for (name, var finding) in others {
            finding.fact = "\(name): \(finding.fact)"
            findings.append(finding)
        }
        return findings
    }

    private static func sums(_ facts: [RankFacts]) -> Finding {
        let subject = "sums", trial = facts[0].trial
        let wrong = facts.filter { !$0.trial.sumsAreRight }
        if !wrong.isEmpty {
            let ranks = CoreSet(wrong.map(\.rank))
            return .broken(
                subject, "wrong bits on rank\(ranks.count == 1 ? "" : "s") \(ranks.text) (\(hostNames(wrong)))",
                advice:
                    "messages arrive damaged: look at these hosts' network, or try mpirun --mca pml ob1 --mca btl "
                        + "self,tcp"
            )
        }
        let slowest = facts.map(\.trial.sumSeconds).max() ?? 0
        let what =
            "\(trial.shards) shards over \(facts.count) rank\(facts.count == 1 ? "" : "s") add up to the right bits"
        return .good(
            subject, facts.count == 1 ? what : what + "; \(Quantity.bytes(trial.sumBytes)) in \(fine(slowest))")
    }

    private static func speed(_ facts: [RankFacts]) -> Finding {
        let speeds = facts.map(\.trial.gigaflops), least = speeds.min() ?? 0, most = speeds.max() ?? 0
        let low = Quantity.fixed(least, decimals: 0), high = Quantity.fixed(most, decimals: 0)
        return .good(
            "speed", "\(low == high ? low : "\(low) to \(high)") GFLOP/s on one core (float32 product of our kernels)")
    }

    /// Milliseconds with their decimals.
    private static func fine(_ seconds: Double) -> String {
        seconds < 0.1 ? Quantity.fixed(seconds * 1000, decimals: 1) + " ms" : Quantity.duration(seconds)
    }

    private static func hostNames(_ ranks: [RankFacts]) -> String {
        var names: [String] = []
        for rank in ranks where !names.contains(rank.host) { names.append(rank.host) }
        let shown = names.prefix(4).joined(separator: ", ")
        return names.count > 4 ? "\(shown) and \(names.count - 4) more" : shown
    }
}
