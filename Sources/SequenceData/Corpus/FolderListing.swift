import Diagnostics
internal import Foundation

/// The files and folders in a folder, in byte order of their names, hidden ones left out.
struct FolderListing {
    private(set) var files: [String] = []
    private(set) var folders: [String] = []

    /// - Throws: `Diagnostic` when the folder is missing or may not be read.
    init(path: String) throws {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            guard let isFolder = Self.isFolder(path) else {
                throw Diagnostic(
                    path, "folder does not exist", hint: "relative paths start at the folder the program runs in")
            }
            throw isFolder
                ? Diagnostic(path, "folder may not be read", hint: "check its permissions")
                : Diagnostic(path, "is a file", expected: "a folder", hint: "data.format says what is read")
        }
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) where !name.hasPrefix(".") {
            if Self.isFolder("\(path)/\(name)") == true { folders.append(name) } else { files.append(name) }
        }
    }

    /// Nil when nothing is there.
    static func isFolder(_ path: String) -> Bool? {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) ? isFolder.boolValue : nil
    }
}
