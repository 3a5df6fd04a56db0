import Foundation

/// What the container or the batch system grants this process, where it is less than the machine has.
///
/// Source: the Linux kernel's documentation, `admin-guide/cgroup-v1` and `admin-guide/cgroup-v2`.
package struct ControlGroup: Equatable, Sendable {
    package var memory: Int?
    /// Cores' worth of time; the process sees more cores than that.
    package var cores: Double?

    static var own: ControlGroup {
        let membership = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
        return ControlGroup(root: "/sys/fs/cgroup", membership: membership ?? "")
    }

    /// - Parameters:
    ///   - root: Where the groups are mounted.
    ///   - membership: Lines `number:controllers:path`, as in `/proc/self/cgroup`.
    package init(root: String, membership: String) {
        for line in membership.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            // Version 2 lies at the root, or beside version 1 in a folder of its own.
            let mounts = parts[1].isEmpty
                ? [root, root + "/unified"] : [root + "/" + parts[1]] + controllers.map { root + "/" + $0 }
            for mount in mounts {
                for folder in Self.ancestry(parts[2]).map({ mount + $0 }) {
                    if parts[1].isEmpty {
                        limit(memory: Self.numbers(folder + "/memory.max").first ?? nil)
                        limit(time: Self.numbers(folder + "/cpu.max"))
                    } else {
                        if controllers.contains("memory") {
                            limit(memory: Self.numbers(folder + "/memory.limit_in_bytes").first ?? nil)
                        }
                        if controllers.contains("cpu") {
                            limit(
                                time: Self.numbers(folder + "/cpu.cfs_quota_us")
                                    + Self.numbers(folder + "/cpu.cfs_period_us"))
                        }
                    }
                }
            }
        }
    }

    /// A group and those it lies in: each may set a limit. In a container the path may be the host's, and a folder that
    /// does not exist sets none.
    private static func ancestry(_ path: String) -> [String] {
        var folders = [""], folder = ""
        for name in path.split(separator: "/") {
            folder += "/" + name
            folders.append(folder)
        }
        return folders
    }

    /// The numbers of a file; nil stands for a word ("max": no limit).
    private static func numbers(_ file: String) -> [Int?] {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return [] }
        return text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { Int($0) }
    }

    private mutating func limit(memory bytes: Int?) {
        // Version 1 says "no limit" with the largest number of pages.
        guard let bytes, bytes > 0, bytes < 1 << 60 else { return }
        memory = min(memory ?? bytes, bytes)
    }

    private mutating func limit(time: [Int?]) {
        guard time.count == 2, let quota = time[0], let period = time[1], quota > 0, period > 0 else { return }
        cores = min(cores ?? .infinity, Double(quota) / Double(period))
    }
}
