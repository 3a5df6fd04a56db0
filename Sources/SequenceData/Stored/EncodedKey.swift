import Configuration
import ContentDigest
import Diagnostics
internal import Foundation

/// Everything that encoded data depend on, as text: two keys are equal where the data are.
package struct EncodedKey: Equatable {
    /// Version of the code that encodes: raised by every change after which the same files give other numbers.
    package static let version = 1

    let text: String
    /// Of the file that keeps the data: `classify-` and the begin of the key's digest.
    let fileName: String

    /// - Parameter sources: The files and folders that are read, and what each is read for.
    /// - Throws: `Diagnostic` where one is no file, or cannot be read.
    init(_ configuration: RunConfiguration, _ sources: [EncodedSource]) throws {
        var lines = ["rnn-dist encoded data \(Self.version)", "task: \(configuration.task)"]
        // What letters are in lower case, and which are punctuation, is the Swift library's knowledge.
        lines.append("unicode: \(Self.unicodeVersion)")
        // Which examples are held out is the only thing that depends on the seed.
        if configuration.data.validation == nil && configuration.data.validationFraction > 0 {
            lines.append("seed: \(configuration.seed)")
        }
        // More rather than less: a setting too many is an entry too many, one too few a wrong answer.
        for (key, value) in configuration.flattened
        where (key.hasPrefix("data.") || key.hasPrefix("tagging.")) && !Self.places.contains(key) {
            lines.append("\(key): \(value)")
        }
        for source in sources {
            for file in source.files { lines.append("\(source.role): \(try Self.content(of: file))") }
        }
        text = lines.map { $0 + "\n" }.joined()
        fileName = "\(configuration.task)-\(try SHA256Digest(of: text).description.prefix(32)).h5"
    }

    /// Settings that say where the data are: what is there counts.
    private static let places = ["data.train", "data.validation", "data.cache"]

    /// Name and digest of a file, or of all files of a folder: formats and labels are told by names.
    private static func content(of path: String) throws -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        guard FolderListing.isFolder(path) == true else { return "\(name.debugDescription) \(try digest(path))" }
        var hasher = try SHA256Hasher()
        try add(FolderListing(path: path), at: path, to: &hasher)
        return "folder \(hasher.finalize())"
    }

    private static func add(_ listing: FolderListing, at path: String, to hasher: inout SHA256Hasher) throws {
        for name in listing.files { hasher.update("\(name.debugDescription) \(try digest("\(path)/\(name)"))\n") }
        for name in listing.folders {
            hasher.update("\(name.debugDescription) {\n")
            try add(FolderListing(path: "\(path)/\(name)"), at: "\(path)/\(name)", to: &hasher)
            hasher.update("}\n")
        }
    }

    private static func digest(_ path: String) throws -> SHA256Digest {
        // Opening a pipe just to look would take its writer away.
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw Diagnostic(path, "is not a file", expected: "data that can be read twice")
        }
        return try SHA256Digest(ofFile: path)
    }

    /// Of the newest characters that are known in the planes that hold letters.
    private static var unicodeVersion: String {
        var newest = (major: 0, minor: 0)
        for value in UInt32(0)..<0x2_0000 {
            if let age = Unicode.Scalar(value)?.properties.age, age > newest { newest = age }
        }
        return "\(newest.major).\(newest.minor)"
    }
}

/// Files, or a folder, that data is read from.
package struct EncodedSource {
    let role: String
    let files: [String]

    /// - Parameter role: What it is read for: `train`.
    package init(_ role: String, _ files: [String]) {
        self.role = role
        self.files = files
    }

    var isBuiltIn: Bool { files.contains { $0.hasPrefix("builtin:") } }
}
