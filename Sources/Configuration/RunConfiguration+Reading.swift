import Diagnostics
import Foundation

extension RunConfiguration {
    /// Reads a configuration file.
    ///
    /// - Parameters:
    ///   - file: Path of a YAML file; its name gives the default of `output`.
    ///   - overrides: `training.epochs=3`, in the order given; the last one for a key counts.
    /// - Throws: `Diagnostic` naming file and line, or the override.
    public static func read(file: String, overrides: [String] = []) throws -> RunConfiguration {
        // Before the file: a word behind `--set KEY` would be taken for its name.
        for option in overrides { _ = try Given.sign(of: option) }
        let bytes: Data
        do {
            // One byte more than is accepted: a file without end (`/dev/zero`) is refused like a long one.
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            defer { try? handle.close() }
            bytes = try handle.read(upToCount: Given.largestFile + 1) ?? Data()
        } catch {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: file, isDirectory: &isFolder)
            throw Diagnostic(
                file.shown, isFolder.boolValue ? "is a folder" : exists ? "cannot be read" : "does not exist",
                expected: "a configuration file",
                hint: isFolder.boolValue
                    ? "a run goes on with its configuration and --resume, or with --from FOLDER"
                    : exists ? nil : neighbour(of: file).map { "did you mean \($0.shown)?" },
                category: .usage)
        }
        return try read(yaml: [UInt8](bytes), name: file, overrides: overrides)
    }

    /// The configuration in the same folder whose name is nearest.
    private static func neighbour(of file: String) -> String? {
        let entry = NamedEntry(file)
        let files = entry.neighbours.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        return files.nearest(to: entry.name).map { entry.folder + $0 }
    }

    /// Reads a configuration from the bytes of a file, or from the text stored in a checkpoint.
    ///
    /// - Parameters:
    ///   - name: The file's name for error messages and for the default of `output`.
    ///   - isStored: Whether it is that of a checkpoint, where a key that the task does not use is passed over.
    /// - Throws: `Diagnostic` naming file and line, or the override.
    public static func read(
        yaml bytes: [UInt8], name: String, overrides: [String] = [], isStored: Bool = false
    ) throws -> RunConfiguration {
        var given = try Given(yaml: bytes, name: name.shown, isStored: isStored)
        for option in overrides { try given.override(option) }

        let file = name.split(separator: "/").last.map(String.init) ?? "run"
        let base = [".yaml", ".yml"].first(where: file.hasSuffix).map { String(file.dropLast($0.count)) } ?? file
        let configuration = try RunConfiguration(output: "runs/\(base)").reading(given)
        for (path, branch) in configuration.tree.branches() where branch.isRequired && given.at(path) == nil {
            throw Diagnostic(name.shown, "has no key '\(path)'", expected: branch.summary, category: .usage)
        }
        return configuration.resolved
    }

    /// This configuration with overrides: of the embedded task, or of the one stored in a checkpoint.
    ///
    /// - Throws: `Diagnostic` naming the override.
    public func applying(_ overrides: [String]) throws -> RunConfiguration {
        var given = Given(path: "", origin: Given.Origin(subject: "configuration"), content: .mapping([]))
        for option in overrides { try given.override(option) }
        return try reading(given).resolved
    }

    /// Every key there is, dotted, a list shown by its first element: `model.layers.0.size`.
    static var keyPaths: [String] { RunConfiguration().tree.branches().map(\.path) }
}
