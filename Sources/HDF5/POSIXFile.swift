import Diagnostics
import Foundation

/// Owner of one open file descriptor; each call's failure becomes a `Diagnostic` with path and reason.
package struct POSIXFile: ~Copyable {
    let descriptor: Int32

    /// - Throws: `Diagnostic` saying what could not be done to `path`.
    package init(_ path: String, _ flags: Int32, mode: mode_t = 0, subject: String, _ found: String) throws {
        let descriptor = Self.retrying { open(path, flags | O_CLOEXEC, mode) }
        guard descriptor >= 0 else { throw Self.failure(errno, subject, found) }
        self.descriptor = descriptor
    }

    /// Takes over an open descriptor.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = Foundation.close(descriptor) }

    /// Closes a written file: network file systems report a full disk only here.
    consuming func close(subject: String) throws {
        let descriptor = descriptor
        discard self
        // Not repeated when interrupted: Linux has closed the descriptor by then.
        guard Foundation.close(descriptor) == 0 || errno == EINTR else {
            throw Self.failure(errno, subject, Self.unwritten)
        }
    }

    /// Writes everything, however many calls that takes.
    package func write(_ bytes: UnsafeRawBufferPointer, subject: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Self.retrying {
                Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            }
            guard written >= 0 else { throw Self.failure(errno, subject, Self.unwritten) }
            rest = rest.dropFirst(written)
        }
    }

    /// Reads until the buffer is full or the file ends.
    ///
    /// - Returns: Number of bytes read.
    func read(into buffer: UnsafeMutableRawBufferPointer, subject: String) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = Self.retrying { Foundation.read(descriptor, rest.baseAddress, rest.count) }
            guard count >= 0 else { throw Self.failure(errno, subject, Self.unread) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Waits until the file, or a folder's entries, are on the disk.
    func synchronize(subject: String) throws {
        // Some file systems cannot synchronise folders and say EINVAL; they have nothing to wait for.
        guard Self.retrying({ fsync(descriptor) }) == 0 || errno == EINVAL else {
            throw Self.failure(errno, subject, Self.unwritten)
        }
    }

    /// Size in bytes of a regular file; anything else, a named pipe for example, is refused.
    ///
    /// - Parameter expected: What belongs there, for the message.
    func regularSize(subject: String, expected: String) throws -> Int {
        let status = try status(subject: subject)
        guard status.st_mode & S_IFMT == S_IFREG else { throw Diagnostic(subject, "is not a file", expected: expected) }
        return Int(status.st_size)
    }

    func status(subject: String) throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.failure(errno, subject, Self.unread) }
        return status
    }

    package static let unwritten = "cannot be written"
    package static let unread = "cannot be read"

    /// The message of an error number, with what to do about it.
    package static func failure(_ number: Int32, _ subject: String, _ found: String) -> Diagnostic {
        let hint: String? =
            switch number {
            case ENOSPC, EDQUOT: "free space or choose another output folder"
            case EFBIG: "raise the limit on the size of files (ulimit -f), or choose another file system"
            case EROFS, EACCES, EPERM: "check the permissions of the folder or choose another"
            case EIO, ESTALE: "the disk, or the connection to it, has failed: look into the system's log"
            case ENOENT where found == unwritten: "create the folder first"
            default: nil
            }
        return Diagnostic(subject, "\(found): \(String(cString: strerror(number)))", hint: hint)
    }

    private static func retrying<Status: SignedInteger>(_ call: () -> Status) -> Status {
        while true {
            let status = call()
            if status >= 0 || errno != EINTR { return status }
        }
    }
}
