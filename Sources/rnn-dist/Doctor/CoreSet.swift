import Foundation

/// Cores of a host, by the operating system's numbers (hardware threads count as cores), rising.
package struct CoreSet: Codable, Equatable, Sendable {
    package var cores: [Int]

    package init(_ cores: [Int]) { self.cores = cores.sorted() }

    package var count: Int { cores.count }

    package func union(_ other: CoreSet) -> CoreSet { CoreSet(Array(Set(cores).union(other.cores))) }

    /// As `taskset` and the kernel write it: `0-3,8`.
    package var text: String {
        var runs: [ClosedRange<Int>] = []
        for core in cores {
            if let last = runs.last, last.upperBound + 1 == core {
                runs[runs.count - 1] = last.lowerBound...core
            } else {
                runs.append(core...core)
            }
        }
        return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(
            separator: ",")
    }

    /// Reads what `text` writes; nil: it is something else.
    package init?(text: String) {
        var cores: [Int] = []
        for run in text.split(separator: ",") {
            let ends = run.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first >= 0, first <= last
            else {
                return nil
            }
            cores += first...last
        }
        self.init(cores)
    }

    /// The cores a process may run on; nil: the operating system does not say.
    ///
    /// Read as text, since `sched_getaffinity` is not visible from Swift and its set ends at 1,024 cores.
    ///
    /// - Parameter process: A process id, or `self`.
    static func allowed(process: String = "self") -> CoreSet? {
        let name = "Cpus_allowed_list:"
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        return CoreSet(text: line.dropFirst(name.count).trimmingCharacters(in: .whitespaces))
    }
}
