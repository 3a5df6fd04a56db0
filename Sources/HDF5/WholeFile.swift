import Diagnostics
import Foundation

/// Reads files of other programs as they are.
package enum WholeFile {
    /// - Parameter expected: What the file should be, for messages.
    /// - Throws: `Diagnostic` where there is no such file, or something else than a regular one.
    package static func read(_ path: String, expected: String) throws -> [UInt8] {
        // Not blocking: a named pipe is refused instead of waited for.
        let file = try POSIXFile(path, O_RDONLY | O_NONBLOCK, subject: path, POSIXFile.unread)
        let size = try file.regularSize(subject: path, expected: expected)
        return try [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
            count = try file.read(into: UnsafeMutableRawBufferPointer(bytes), subject: path)
        }
    }
}
