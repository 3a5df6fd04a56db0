import Foundation

/// Reads files of a run that hold text: a line or two, or its metrics.
package enum SmallFile {
    /// - Parameter largest: No more bytes than these are read.
    /// - Throws: `Diagnostic` where there is no such file, or something else: a named pipe would be waited for, a link
    ///   could lead to a device without end.
    package static func read(_ path: String, atMost largest: Int = 4096) throws -> [UInt8] {
        let file = try POSIXFile(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, subject: path, POSIXFile.unread)
        let bytes = try FileBytes(
            count: min(file.regularSize(subject: path, expected: "a small file"), largest), for: path)
        let count = try file.read(into: bytes.mutableBytes, subject: path)
        return Array(bytes.bytes[..<count])
    }
}
