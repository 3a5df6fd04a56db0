import Diagnostics
import Foundation
import HDF5

/// A file that is only added to, with one call for each piece, so that somebody who follows it never reads half of one.
final class AppendedFile {
    private let path: String
    private var descriptor: Int32

    /// - Parameter flags: Beside those for reading and appending: `O_CREAT`, `O_EXCL`.
    init(_ path: String, _ flags: Int32 = 0) throws {
        self.path = path
        // In a folder shared with others a link may lead to a file of the user's own.
        var descriptor: Int32
        repeat {
            descriptor = Foundation.open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0o666)
        } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else {
            if errno == ELOOP {
                throw Diagnostic(path, "is a symbolic link, which is not followed", expected: "a file, or none")
            }
            throw POSIXFile.failure(errno, path, "cannot be opened")
        }
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { _ = Foundation.close(descriptor) }
    }

    /// nil: the file is empty.
    var lastByte: UInt8? {
        get throws {
            let size = lseek(descriptor, 0, SEEK_END)
            var last: UInt8 = 0
            guard size >= 0, size == 0 || pread(descriptor, &last, 1, size - 1) == 1 else {
                throw POSIXFile.failure(errno, path, POSIXFile.unread)
            }
            return size > 0 ? last : nil
        }
    }

    /// - Throws: `Diagnostic` when the bytes cannot all be written (a full disk); the file then ends as before.
    func append(_ bytes: [UInt8]) throws {
        precondition(descriptor >= 0, "a closed file takes nothing")
        let size = lseek(descriptor, 0, SEEK_END)
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                let number = errno
                if size >= 0 { _ = ftruncate(descriptor, size) }
                throw POSIXFile.failure(number, path, POSIXFile.unwritten)
            }
            rest = rest.dropFirst(written)
        }
    }

    /// - Throws: `Diagnostic` when the system could not keep what was written.
    func close() throws {
        guard descriptor >= 0 else { return }
        let status = Foundation.close(descriptor)
        descriptor = -1
        if status != 0 { throw POSIXFile.failure(errno, path, POSIXFile.unwritten) }
    }
}
