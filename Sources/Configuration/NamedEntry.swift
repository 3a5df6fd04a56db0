import Foundation

/// A path that a user gave: a name in a folder.
package struct NamedEntry {
    /// With its slash; empty: the folder the program runs in.
    package let folder: String
    package let name: String

    package init(_ path: String) {
        let slash = path.lastIndex(of: "/")
        folder = slash.map { String(path[...$0]) } ?? ""
        name = String(path[(slash.map(path.index(after:)) ?? path.startIndex)...])
    }

    /// What is in the folder, in order; none where it cannot be read.
    package var neighbours: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []).sorted()
    }
}
