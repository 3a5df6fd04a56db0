import Diagnostics
import Foundation

extension SHA256Digest {
    /// The digest of a file's bytes.
    ///
    /// - Throws: `Diagnostic` where the file cannot be read.
    public init(ofFile path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Diagnostic(path, "cannot be opened", expected: "a readable file")
        }
        defer { try? handle.close() }
        var hasher = try SHA256Hasher()
        do {
            while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
                chunk.withUnsafeBytes { hasher.update($0) }
            }
        } catch {
            throw Diagnostic(path, "cannot be read to its end (\(error.localizedDescription))")
        }
        self = hasher.finalize()
    }
}
