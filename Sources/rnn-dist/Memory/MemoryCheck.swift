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
    package var memory: HostMemory

    package init(host: String, estimates: [MemoryEstimate], memory: HostMemory) {
        (self.host, self.estimates, self.memory) = (host, estimates, memory)
    }

    /// Refuses a run that cannot fit.
    ///
    /// - Parameter own: This rank's estimate.
    /// - Throws: `Diagnostic` that says what would help.
    package func requireRoom(for own: MemoryEstimate) throws {
        let toCome = estimates.reduce(0) { $0 + $1.toCome }, total = estimates.reduce(0) { $0 + $1.total }
        let needs: String, has: String
        if let limit = memory.limit, total > limit {
            needs = Quantity.bytes(total)
            has = "at most \(Quantity.bytes(limit)), the limit of the container or job"
        } else if toCome > memory.available {
            needs = "\(Quantity.bytes(toCome)) more"
            has = "at most \(Quantity.bytes(memory.available)), which are available there"
        } else if let addresses = memory.addresses, own.toCome > addresses {
            needs = "\(Quantity.bytes(own.toCome)) more each"
            has = "at most \(Quantity.bytes(addresses)), which ulimit -v leaves"
        } else {
            return
        }
        let parts = own.parts.map { "\(Quantity.bytes($0.bytes)) for \($0.use)" }
        throw Diagnostic(
            "memory of \(host)",
            "training on \(estimates.count.counted("rank")) there would take about \(needs) (a rank: "
                + "\(parts.joined(separator: ", ")))",
            expected: has,
            hint: "lower training.batch_size, training.truncation or the sizes in model.layers, start fewer ranks on a "
                + "host, or try it all the same with --no-memory-check")
    }
}

extension MemoryCheck {
    /// Estimates every rank's memory and looks at its host; every rank calls it.
    ///
    /// - Parameters:
    ///   - plan: The first epoch's: those of others have minibatches of about the same size.
    ///   - validation: nil: there is none.
    /// - Returns: What was found out, and this rank's estimate.
    static func look(
        _ layout: ParameterLayout, _ plan: EpochPlan, validation: EpochPlan?, _ configuration: RunConfiguration,
        _ communicator: Communicator, writesCheckpoints: Bool
    ) throws -> (check: MemoryCheck, own: MemoryEstimate) {
        let own = try MemoryEstimate(
            ofRank: communicator.rank, of: communicator.size, layout, plan, validation: validation, configuration,
            writesCheckpoints: writesCheckpoints && communicator.rank == 0)
        let all = try communicator.allGather([
            own.resident, own.optimizer, own.initialization, own.activations, own.checkpoint,
        ])
        let check = MemoryCheck(
            host: communicator.host,
            estimates: communicator.ranksOnThisHost.map {
                MemoryEstimate(
                    resident: all[$0][0], optimizer: all[$0][1], initialization: all[$0][2], activations: all[$0][3],
                    checkpoint: all[$0][4])
            }, memory: .now)
        return (check, own)
    }
}

extension MemoryEstimate {
    /// What training would take in this process, which has read the data and has made room for the weights.
    ///
    /// - Parameters:
    ///   - rank: Among so many.
    ///   - plan: The first epoch's.
    ///   - validation: nil: there is none.
    /// - Throws: `Diagnostic` (usage) for more ranks than shards.
    init(
        ofRank rank: Int, of ranks: Int, _ layout: ParameterLayout, _ plan: EpochPlan, validation: EpochPlan?,
        _ configuration: RunConfiguration, writesCheckpoints: Bool
    ) throws {
        // What reading the data has left behind is free for training.
        Processor.releaseFreeMemory()
        let shards = configuration.training.shards, tree = try ShardTree(shards: shards, ranks: ranks)
        let share = tree.shards(ofRank: rank)
        func rows(_ plan: EpochPlan?) -> Int {
            guard let statistics = plan?.statistics else { return 0 }
            return Int(
                Double(statistics.largestStepTokens * share.count) * statistics.tokenImbalance / Double(shards))
        }
        self.init(
            configuration, layout, rows: rows(plan), evaluatedRows: rows(validation),
            batchesVary: plan.windows.isEmpty || configuration.training.randomTruncation != nil,
            gradientParts: tree.maximalAlignedSubtrees(of: share).count, ranks: ranks,
            resident: ProcessMemory.resident ?? 0, writesCheckpoints: writesCheckpoints)
    }

    package init(resident: Int, optimizer: Int, initialization: Int, activations: Int, checkpoint: Int) {
        (self.resident, self.optimizer, self.initialization) = (resident, optimizer, initialization)
        (self.activations, self.checkpoint) = (activations, checkpoint)
    }
}
