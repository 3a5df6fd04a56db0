import MessagePassing

/// How the ranks of a run are connected, and what their messages take: memory within a host, a network between hosts.
///
/// Ranks fill one host after the other, as mpirun and srun place them.
package struct Links: Equatable, Sendable {
    package var ranksPerHost: Int
    /// Within a host.
    package var local: LinkSpeed
    /// Between two hosts; nil: there is one host.
    package var remote: LinkSpeed?
    /// Ranks of a host that sent at the same time when `remote` was measured: they share its link.
    package var remoteSharers = 1
    package var addition: AdditionSpeed
    /// Processor seconds for each byte that a rank sends over the network, and as many received.
    package var processorSecondsPerByte = 0.0

    package init(ranksPerHost: Int, local: LinkSpeed, remote: LinkSpeed?, addition: AdditionSpeed) {
        (self.ranksPerHost, self.local, self.remote, self.addition) = (ranksPerHost, local, remote, addition)
    }

    package func hosts(_ ranks: Int) -> Int { (ranks + ranksPerHost - 1) / ranksPerHost }

    /// Whether ranks whose numbers differ in one bit are on different hosts, of at least one pair.
    private func isRemote(_ distance: Int, _ ranks: Int) -> Bool {
        hosts(ranks) > 1 && ranksPerHost % (2 * distance) != 0
    }

    /// A rank's exchanges of so many bytes with others of its host, or of each rank of a host with one elsewhere.
    private func seconds(_ bytes: Double, isRemote: Bool) -> Double {
        guard isRemote, let remote else { return local.seconds(bytes) }
        return remote.seconds(bytes * Double(ranksPerHost) / Double(remoteSharers))
    }

    private func latency(isRemote: Bool) -> Double { isRemote ? remote?.latency ?? local.latency : local.latency }

    /// The share of a latency that one more message at the same time takes.
    private static let anotherMessage = 0.2

    /// A tree sum.
    ///
    /// - Parameter addition: Seconds for each received byte that is added.
    package func seconds(_ schedule: ReductionSchedule, ranks: Int, addition: Double) -> Double {
        schedule.rounds.reduce(0) { sum, round in
            let first = round.distances.lowerBound, others = round.distances.count
            let bytes = Double(round.bytes), more = Self.anotherMessage * Double(round.messages - 1)
            var time: Double, latest: Double
            if others == 1 {
                let isRemote = isRemote(first, ranks)
                latest = latency(isRemote: isRemote)
                time = seconds(bytes, isRemote: isRemote) + more * latest
            } else {
                // All at the same time: those of the host one after the other through memory, others over one link.
                let near = min(ranksPerHost, ranks) - 1, far = others - near
                latest = latency(isRemote: far > 0)
                time = Double(near) * local.seconds(bytes) + more * latest
                if far > 0 {
                    time += seconds(bytes * Double(far), isRemote: true)
                        + Self.anotherMessage * Double(far - 1) * latest
                }
            }
            time += Double(round.added) * addition
            // Those that follow were under way meanwhile.
            return sum + time + Double(round.repeats - 1) * max(0, time - latest)
        }
    }

    /// A gathering of a block of every rank by all ranks, as MPI libraries make it: in doublings, or around a ring where
    /// that is faster.
    ///
    /// - Parameter bytes: Of a rank's block.
    package func gatheringSeconds(bytes: Double, ranks: Int) -> Double {
        guard ranks > 1, bytes > 0 else { return 0 }
        var doubling = 0.0, distance = 1
        while distance < ranks {
            let blocks = min(distance, ranks - distance)
            doubling += seconds(bytes * Double(blocks), isRemote: isRemote(distance, ranks))
            distance *= 2
        }
        // Of a host's ranks the last alone passes blocks on to the next host.
        let hop = hosts(ranks) > 1
            ? max(local.seconds(bytes), remote?.seconds(bytes / Double(remoteSharers)) ?? 0) : local.seconds(bytes)
        return min(doubling, Double(ranks - 1) * hop)
    }
}
