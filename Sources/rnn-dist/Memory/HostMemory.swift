import Configuration
import Foundation
import Reporting

/// What a process may still have of its host's memory, in bytes.
package struct HostMemory: Equatable, Sendable {
    /// What the host can give besides what is in use already.
    package var available: Int
    /// What a container or a batch system grants all ranks of the host together; nil: no limit.
    package var limit: Int?
    /// Addresses that this process may still ask for (`ulimit -v`); nil: no limit.
    package var addresses: Int?

    package init(available: Int, limit: Int?, addresses: Int?) {
        (self.available, self.limit, self.addresses) = (available, limit, addresses)
    }

    /// As it is now.
    static var now: HostMemory {
        let facts = try? MemoryFacts()
        var addresses = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &addresses)
        return HostMemory(
            available: facts?.available ?? .max, limit: facts?.limit,
            addresses: addresses.rlim_cur == .max
                ? nil : Int(clamping: addresses.rlim_cur) - (ProcessMemory.addressed ?? 0))
    }

    /// Room for a model on each of some ranks of this host: one that is too large is refused before its weights take
    /// memory.
    ///
    /// - Parameters:
    ///   - bytes: Of memory that each number of the model takes: 4 for its value, more for training.
    ///   - way: What may be done besides choosing a smaller model.
    package func room(host: String, ranks: Int, bytes: Int, way: String? = nil) -> ModelRoom {
        let own = min(min(available, limit ?? .max) / ranks, addresses ?? .max)
        return ModelRoom(
            numbers: max(own, 0) / bytes,
            place: "the memory of \(host), \(Quantity.bytes(max(own, 0)))\(ranks > 1 ? " a rank" : ""),",
            hint: "choose a smaller model (model.layers, data.vocabulary)"
                + (ranks > 1 ? ", start fewer ranks on a host" : "") + (way.map { ", or \($0)" } ?? ""))
    }
}

extension RunConfiguration {
    /// This configuration with a model that has to find room in a host's memory for training.
    package func training(
        in memory: HostMemory, host: String, ranks: Int, way: String? = nil
    ) -> RunConfiguration {
        var bound = self
        // A value and the optimizer's moments; gradients of tables are but of the rows that a minibatch reads.
        bound.room = memory.room(
            host: host, ranks: ranks, bytes: (1 + training.optimizer.moments) * MemoryLayout<Float>.stride,
            way: way)
        return bound
    }
}
