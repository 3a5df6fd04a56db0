import Diagnostics
import Foundation
import HDF5

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
        if !hasCheckpoint, let name = foreign {
            throw Diagnostic(
                path, "this folder holds a '\(name)', which no run has written", expected: "a new or empty folder",
                hint: "choose another --output, or move it away")
        }
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

    /// A file that a run would replace in a folder that no run has claimed; nil: there is none.
    private var foreign: String? {
        func begin(_ name: String) -> Data? { (try? SmallFile.read("\(path)/\(name)")).map { Data($0) } }
        func begins(_ name: String, with text: String) -> Bool {
            begin(name).map { $0.starts(with: text.utf8.prefix($0.count)) } ?? true
        }
        if let claim = begin("incarnation"), !claim.isEmpty {
            return claim.range(of: Data(Incarnation.mark.utf8)) == nil ? "incarnation" : nil
        }
        if !begins("metrics.jsonl", with: #"{"event""#) { return "metrics.jsonl" }
        if let pointer = ["checkpoints/latest", "checkpoints/best"].first(where: { !begins($0, with: "step-") }) {
            return pointer
        }
        return ["loss.svg", "confusion.svg"].first {
            (try? OutputFile.picture.checkReplaceable("\(path)/\($0)")) == nil
        }
    }

    /// Makes the folder.
    public func make() throws {
        let number = AtomicFile.makeFolders(checkpoints.path)
        if number != 0 { throw unusable(String(cString: strerror(number))) }
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
