import Configuration
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import RecurrentNetworks
import Reporting
import SequenceData

/// Compares what training will take with what the ranks' host has, before training begins.
package struct MemoryCheck: Equatable, Sendable {
    /// Name of the host.
    package var host: String
    /// Estimates of the ranks of one host.
    package var estimates: [MemoryEstimate]
    /// What the host can give besides what is in use already.
    package var available: Int
    /// What a container or a batch system grants all ranks of the host together; nil: no limit.
    package var limit: Int?
    /// Addresses that this process may still ask for (`ulimit -v`); nil: no limit.
    package var addresses: Int?

    package init(host: String, estimates: [MemoryEstimate], available: Int, limit: Int?, addresses: Int?) {
        (self.host, self.estimates) = (host, estimates)
        (self.available, self.limit, self.addresses) = (available, limit, addresses)
    }

    /// Refuses a run that cannot fit.
    ///
    /// - Parameter own: This rank's estimate.
    /// - Throws: `Diagnostic` that says what would help.
    package func requireRoom(for own: MemoryEstimate) throws {
        let toCome = estimates.reduce(0) { $0 + $1.toCome }, total = estimates.reduce(0) { $0 + $1.total }
        let needs: String, has: String
        if let limit, total > limit {
            (needs, has) = (Quantity.bytes(total), "at most \(Quantity.bytes(limit)), the limit of the container or job")
        } else if toCome > available {
            needs = "\(Quantity.bytes(toCome)) more"
            has = "at most \(Quantity.bytes(available)), which are available there"
        } else if let addresses, own.toCome > addresses {
            needs = "\(Quantity.bytes(own.toCome)) more each"
            has = "at most \(Quantity.bytes(addresses)), which ulimit -v leaves"
        } else {
            return
        }
        throw Diagnostic(
            "memory of \(host)",
            "training on \(estimates.count.counted("rank")) there would take about \(needs) (a rank: "
                + "\(Quantity.bytes(own.resident)) for data and weights, \(Quantity.bytes(own.optimizer)) for gradients "
                + "and moments, \(Quantity.bytes(own.activations)) for the largest minibatch)",
            expected: has,
            hint: "lower training.batch_size or training.truncation, start fewer ranks on a host, or try it all the same "
                + "with --no-memory-check")
    }
}

extension MemoryCheck {
    /// Estimates every rank's memory and looks at its host; every rank calls it.
    ///
    /// - Parameter plan: The first epoch's: those of others have minibatches of about the same size.
    /// - Returns: What was found out, and this rank's estimate.
    static func look(
        _ layout: ParameterLayout, _ plan: EpochPlan, _ configuration: RunConfiguration, _ communicator: Communicator,
        writesCheckpoints: Bool
    ) throws -> (check: MemoryCheck, own: MemoryEstimate) {
        // What reading the data has left behind is free for training.
        Processor.releaseFreeMemory()
        let shards = configuration.training.shards
        let tree = try ShardTree(shards: shards, ranks: communicator.size)
        let share = tree.shards(ofRank: communicator.rank)
        let rows = Double(plan.statistics.largestStepTokens * share.count) * plan.statistics.tokenImbalance
        let own = MemoryEstimate(
            configuration, layout, rows: Int(rows / Double(shards)),
            batchesVary: plan.windows.isEmpty || configuration.training.randomTruncation != nil,
            gradientParts: tree.maximalAlignedSubtrees(of: share).count, ranks: communicator.size,
            resident: ProcessMemory.resident ?? 0, writesCheckpoints: writesCheckpoints && communicator.rank == 0)
        let all = try communicator.allGather([
            own.resident, own.optimizer, own.initialization, own.activations, own.checkpoint,
        ])
        let facts = try? MemoryFacts()
        var addresses = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &addresses)
        let check = MemoryCheck(
            host: communicator.host,
            estimates: communicator.ranksOnThisHost.map {
                MemoryEstimate(
                    resident: all[$0][0], optimizer: all[$0][1], initialization: all[$0][2], activations: all[$0][3],
                    checkpoint: all[$0][4])
            }, available: facts?.available ?? .max, limit: facts?.limit,
            addresses: addresses.rlim_cur == RLIM_INFINITY
                ? nil : Int(clamping: addresses.rlim_cur) - (ProcessMemory.addressed ?? 0))
        return (check, own)
    }
}

extension MemoryEstimate {
    package init(resident: Int, optimizer: Int, initialization: Int, activations: Int, checkpoint: Int) {
        (self.resident, self.optimizer, self.initialization) = (resident, optimizer, initialization)
        (self.activations, self.checkpoint) = (activations, checkpoint)
    }
}
