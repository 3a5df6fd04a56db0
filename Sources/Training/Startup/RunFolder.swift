import Diagnostics
import Foundation

/// The folder of a run: checked on rank 0 at the start, made when the data has been read.
public struct RunFolder: Sendable {
    public let path: String
    public var checkpoints: CheckpointFolder { CheckpointFolder(run: path) }
    public var metrics: String { path + "/metrics.jsonl" }

    public init(_ path: String) { self.path = path }

    /// Refuses a folder that cannot become the run's, without touching the disk: a run that fails while it reads
    /// its data leaves nothing behind.
    ///
    /// - Parameters:
    ///   - continues: Whether the run goes on in a folder that holds one.
    ///   - canContinue: Whether it could.
    public func check(continues: Bool, canContinue: Bool = true) throws {
        let files = FileManager.default
        let hasCheckpoint = try !checkpoints.generations.isEmpty
        if !continues, hasCheckpoint || files.fileExists(atPath: metrics) {
            throw Diagnostic(
                path, "this folder holds another run" + (hasCheckpoint ? "" : ", which has no checkpoint yet"),
                expected: "a new or empty folder",
                hint: canContinue
                    ? "\(hasCheckpoint ? "continue that run" : "begin that run anew") with --resume, or choose another "
                        + "--output"
                    : "choose another --output"
            )
        }
        // What exists of the way to the checkpoints must be folders, and the last of them open to new entries.
        var existing = checkpoints.path
        while !files.fileExists(atPath: existing), let parent = Self.parent(of: existing) { existing = parent }
        var isFolder: ObjCBool = false
        if files.fileExists(atPath: existing, isDirectory: &isFolder), !isFolder.boolValue {
            throw unusable("\(existing) is a file")
        }
        if access(existing, W_OK | X_OK) != 0 { throw unusable(String(cString: strerror(errno))) }
    }

    /// Makes the folder.
    public func make() throws {
        // Not by FileManager, whose errors lose what the system said.
        var missing: [String] = []
        var folder = checkpoints.path
        while !FileManager.default.fileExists(atPath: folder) {
            missing.append(folder)
            guard let parent = Self.parent(of: folder) else { break }
            folder = parent
        }
        for folder in missing.reversed() where mkdir(folder, 0o777) != 0 && errno != EEXIST {
            throw unusable(String(cString: strerror(errno)))
        }
    }

    private func unusable(_ reason: String) -> Diagnostic {
        Diagnostic(
            path, "the folder cannot be written to (\(reason))", expected: "a place for the run's files",
            hint: "choose another --output")
    }

    private static func parent(of path: String) -> String? {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path == "." ? nil : "." }
        return slash == path.startIndex ? (path == "/" ? nil : "/") : String(path[..<slash])
    }
}
