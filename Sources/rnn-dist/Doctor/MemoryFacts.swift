import Diagnostics
import Foundation
import Reporting

/// Memory and files of a rank's host; sizes in bytes.
package struct MemoryFacts: Codable, Equatable, Sendable {
    package var total: Int
    /// What can be had without swapping.
    package var available: Int
    /// What the container or the batch system grants; nil: no limit.
    package var limit: Int?
    /// Size of /dev/shm, through which ranks of one host exchange messages; nil: there is none.
    package var shared: Int?
    package var sharedFree: Int?
    package var openFileLimit: Int

    package init(total: Int, available: Int, limit: Int?, shared: Int?, sharedFree: Int?, openFileLimit: Int) {
        self.total = total
        self.available = available
        self.limit = limit
        self.shared = shared
        self.sharedFree = sharedFree
        self.openFileLimit = openFileLimit
    }

    /// Looks at this process's host.
    init() throws {
        let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
        func kibibytes(_ name: String) throws -> Int {
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.count >= 2, words[0] == name + ":", let value = Int(words[1]) { return value * 1024 }
            }
            throw Diagnostic("/proc/meminfo", "it has no line '\(name)'", expected: "the memory of this machine")
        }
        var files = statvfs()
        let isThere = statvfs("/dev/shm", &files) == 0
        let block = Int(files.f_frsize)
        var descriptors = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors)
        self.init(
            total: try kibibytes("MemTotal"), available: try kibibytes("MemAvailable"), limit: ControlGroup.own.memory,
            shared: isThere ? Int(files.f_blocks) * block : nil,
            sharedFree: isThere ? Int(files.f_bavail) * block : nil,
            openFileLimit: Int(clamping: descriptors.rlim_cur))
    }

    /// - Parameter ranks: Ranks that share this memory.
    package func finding(ranks: Int) -> Finding {
        let share = min(available, limit ?? available) / ranks
        var fact = "\(Quantity.bytes(total)), \(Quantity.bytes(available)) available"
        if let limit, limit < total { fact += ", limited to \(Quantity.bytes(limit))" }
        if ranks > 1 { fact += ": \(Quantity.bytes(share)) a rank" }
        // The program itself and a small model with its data.
        return share >= 512 << 20
            ? .good("memory", fact)
            : .slow(
                "memory", fact,
                advice: "start fewer ranks or find more: a run that swaps crawls, one over a limit is killed")
    }

    /// - Parameter ranks: Ranks that share /dev/shm.
    package func sharedMemoryFinding(ranks: Int) -> Finding {
        let subject = "shared memory"
        guard let shared, let sharedFree else {
            return ranks == 1
                ? .good(subject, "no /dev/shm; one rank needs none")
                : .slow(
                    subject, "no /dev/shm", advice: "mount one: without it, messages within a host pass through files")
        }
        let fact = "/dev/shm has \(Quantity.bytes(shared)), \(Quantity.bytes(sharedFree)) free"
        // Open MPI's segment of a rank has 4 MiB and grows.
        return ranks == 1 || sharedFree >= ranks * 8 << 20
            ? .good(subject, fact)
            : .slow(
                subject, fact,
                advice: "make it at least \(Quantity.bytes(ranks * 32 << 20)) (a container's --shm-size): "
                    + "ranks that find it full crash")
    }

    /// nil: high enough.
    ///
    /// - Parameter ranks: Ranks of the run: each may be connected with all others.
    package func openFilesFinding(ranks: Int) -> Finding? {
        let needed = 128 + 2 * ranks
        if openFileLimit >= needed { return nil }
        return .slow(
            "open files", "a process may open \(openFileLimit)",
            advice: "raise the limit to \(max(1024, needed)) (ulimit -n): connections between ranks count as files")
    }
}
