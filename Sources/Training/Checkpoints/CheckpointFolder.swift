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

    /// All checkpoints, newest first; none where there is no such folder.
    ///
    /// - Throws: `Diagnostic` where the folder cannot be read: it may hold some.
    public var generations: [(step: Int, path: String)] { get throws { try Self.generations(of: path, entries) } }

    private static func generations(of path: String, _ names: [String]) -> [(step: Int, path: String)] {
        names.compactMap { name in
            guard name.hasPrefix("step-"), name.hasSuffix(".h5"), let step = Int(name.dropFirst(5).dropLast(3)) else {
                return nil
            }
            return (step, "\(path)/\(name)")
        }.sorted { ($0.step, $0.path) > ($1.step, $1.path) }
    }

    /// The names in the folder, in no order.
    private var entries: [String] {
        get throws {
            // Not by FileManager, whose errors lose what the system said.
            guard let folder = opendir(path) else {
                guard errno == ENOENT || errno == ENOTDIR else {
                    throw POSIXFile.failure(errno, path, POSIXFile.unread)
                }
                return []
            }
            defer { closedir(folder) }
            var names: [String] = []
            while true {
                errno = 0
                guard let entry = readdir(folder) else { break }
                names.append(
                    withUnsafeBytes(of: &entry.pointee.d_name) {
                        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                    })
            }
            guard errno == 0 else { throw POSIXFile.failure(errno, path, POSIXFile.unread) }
            return names
        }
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
        try point(to: name, isBest: isBest, requireClaim)
        try requireClaim()
        // What cannot be read at this moment may say that one of them is the best: then all stay until the next time.
        guard let names = try? entries else { return file }
        let best = pointer("best")
        guard best != nil || !names.contains("best") else { return file }
        for old in Self.generations(of: path, names).dropFirst(keep) where old.path != best && old.path != file {
            unlink(old.path)
        }
        return file
    }

    /// Puts right what a start of the run that was killed has left: pointers from before the checkpoint that this one
    /// goes on from, which would not be written again, and files written by half, each as large as a checkpoint.
    ///
    /// Only for the start that has claimed the folder.
    package func goOn(from checkpoint: StoredCheckpoint?) throws {
        for name in try entries where name.hasPrefix(".") && name.hasSuffix(AtomicFile.temporarySuffix) {
            unlink("\(path)/\(name)")
        }
        if let checkpoint { try point(to: Self.name(step: checkpoint.step), isBest: checkpoint.isBest) {} }
    }

    private func point(to name: String, isBest: Bool, _ requireClaim: () throws -> Void) throws {
        for each in isBest ? ["latest", "best"] : ["latest"] where pointer(each) != "\(path)/\(name)" {
            try AtomicFile.write(name + "\n", to: "\(path)/\(each)", beforeReplacing: requireClaim)
        }
    }

    /// The file behind what a user names: a checkpoint, a pointer (`latest`, `best`), or a run's folder, of which
    /// the newest is meant.
    ///
    /// - Throws: `Diagnostic` that names the runs nearby where there is none.
    public static func resolve(_ given: String) throws -> String {
        let parts = given.split(separator: "/", omittingEmptySubsequences: false)
        if let name = parts.last, name == "latest" || name == "best",
            let file = CheckpointFolder(path: parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")).pointer(
                String(name))
        {
            return file
        }
        let expected = "a checkpoint (.h5) or the folder of a run"
        var status = stat()
        guard stat(given, &status) == 0 else {
            // What may not be looked at is told by reading it.
            guard errno == ENOENT || errno == ENOTDIR else { return given }
            throw Diagnostic(given, "does not exist", expected: expected, hint: Self.runs(near: given))
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return given }
        for folder in [CheckpointFolder(run: given), CheckpointFolder(path: given)] {
            if let file = try folder.generations.first?.path { return file }
        }
        throw Diagnostic(
            given, "this folder holds no checkpoint", expected: expected,
            hint: Self.runs(near: given.hasSuffix("/") ? given : given + "/"))
    }

    /// What to name instead of something that is not there: the run whose name is nearest, or those in its folder.
    private static func runs(near given: String) -> String? {
        let entry = NamedEntry(given)
        let runs = entry.neighbours.filter {
            (try? !CheckpointFolder(run: entry.folder + $0).generations.isEmpty) ?? false
        }
        if !entry.name.isEmpty, let nearest = runs.nearest(to: entry.name) {
            return "did you mean \(entry.folder + nearest)?"
        }
        guard !runs.isEmpty else { return nil }
        let shown = runs.prefix(8).map { entry.folder + $0 }.joined(separator: ", ")
        return "there are: \(shown)" + (runs.count > 8 ? " and \(runs.count - 8) more" : "")
    }

    private init(path: String) { self.path = path }
}
