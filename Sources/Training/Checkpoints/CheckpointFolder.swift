import Configuration
import Diagnostics
import Foundation
import HDF5

/// The `checkpoints` folder of a run: generations, and the pointers `latest` and `best`.
public struct CheckpointFolder: Sendable {
    public let path: String

    /// - Parameter run: The run's folder.
    public init(run: String) { path = run + "/checkpoints" }

    package static func name(step: Int) -> String {
        let digits = String(step)
        return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".h5"
    }

    /// All checkpoints, newest first.
    public var generations: [(step: Int, path: String)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix("step-"), name.hasSuffix(".h5"), let step = Int(name.dropFirst(5).dropLast(3)) else {
                return nil
            }
            return (step, "\(path)/\(name)")
        }.sorted { ($0.step, $0.path) > ($1.step, $1.path) }
    }

    /// The checkpoint a pointer names; nil: there is no such pointer.
    public func pointer(_ name: String) -> String? {
        guard let bytes = try? SmallFile.read("\(path)/\(name)") else { return nil }
        let target = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return target.isEmpty || target.contains("/") ? nil : "\(path)/\(target)"
    }

    /// Writes a generation, then the pointers, then removes generations beyond `keep`; the best one stays.
    ///
    /// - Parameter requireClaim: Throws where another process writes here now; asked before anything changes. (Stopped
    ///   between that and the change, a process leaves at worst a generation that the other one has written as well,
    ///   to the same bits, or a pointer to an older one.)
    package func write(
        _ image: consuming FileBytes, step: Int, isBest: Bool, keep: Int, requireClaim: () throws -> Void = {}
    ) throws -> String {
        let name = Self.name(step: step), file = "\(path)/\(name)"
        try SealedFile.write(image, to: file, beforeReplacing: requireClaim)
        for pointer in isBest ? ["latest", "best"] : ["latest"] {
            try AtomicFile.write(name + "\n", to: "\(path)/\(pointer)", beforeReplacing: requireClaim)
        }
        try requireClaim()
        let best = pointer("best")
        for old in generations.dropFirst(keep) where old.path != best && old.path != file { unlink(old.path) }
        return file
    }

    /// The file behind what a user names: a checkpoint, a pointer (`latest`, `best`), or a run's folder, of which
    /// the newest is meant.
    public static func resolve(_ given: String) throws -> String {
        var isFolder: ObjCBool = false
        let parts = given.split(separator: "/", omittingEmptySubsequences: false)
        if let name = parts.last, name == "latest" || name == "best",
            let file = CheckpointFolder(path: parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")).pointer(
                String(name))
        {
            return file
        }
        guard FileManager.default.fileExists(atPath: given, isDirectory: &isFolder), isFolder.boolValue else {
            return given
        }
        for folder in [CheckpointFolder(run: given), CheckpointFolder(path: given)] {
            if let file = folder.generations.first?.path { return file }
        }
        throw Diagnostic(
            given, "this folder holds no checkpoint", expected: "a checkpoint (.h5) or the folder of a run")
    }

    private init(path: String) { self.path = path }
}
