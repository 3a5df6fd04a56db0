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
        // Not by `FileHandle`, which takes new memory for every piece: half as long again.
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(handle.fileDescriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count > 0 {
                buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            } else if errno != EINTR {
                throw Diagnostic(path, "cannot be read to its end (\(String(cString: strerror(errno))))")
            }
        }
        self = hasher.finalize()
    }
}
