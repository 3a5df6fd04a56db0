import Diagnostics
internal import Foundation

/// An open file, closed when nobody holds it any more.
///
/// Foundation's `FileHandle` allocates a `Data` per read and hides `errno`; these four calls do neither.
final class FileDescriptor {
    private let number: Int32
    private let name: String

    /// Opens a file for reading; `-` is standard input.
    ///
    /// - Throws: `Diagnostic` when the file is missing, is a folder, or may not be read.
    init(path: String) throws {
        name = path == "-" ? "standard input" : path
        number = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw Self.diagnostic(of: errno, name: name) }
        // Everything is stored by now, so a throw from here on runs `deinit`.
        var status = stat()
        guard fstat(number, &status) == 0 else { throw Self.diagnostic(of: errno, name: name) }
        if status.st_mode & S_IFMT == S_IFDIR { throw Self.diagnostic(of: EISDIR, name: name) }
    }

    deinit { if number >= 0 { close(number) } }

    /// Size in bytes of a regular file; nil for a pipe or a terminal.
    var regularFileSize: Int? {
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Reads once into `bytes[start...]`; 0 at the end of the file.
    ///
    /// The corresponding C function is `read`.
    func read(into bytes: inout [UInt8], from start: Int) throws -> Int {
        while true {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Foundation.read(number, buffer.baseAddress?.advanced(by: start), buffer.count - start)
            }
            if count >= 0 { return count }
            if errno != EINTR { throw Self.diagnostic(of: errno, name: name) }
        }
    }

    private static func diagnostic(of code: Int32, name: String) -> Diagnostic {
        switch code {
        case ENOENT, ENOTDIR:
            Diagnostic(name, "file does not exist", hint: "relative paths start at the folder the program runs in")
        case EACCES, EPERM:
            Diagnostic(name, "file may not be read", hint: "check its permissions")
        case EISDIR:
            Diagnostic(name, "is a folder", expected: "a file")
        default:
            Diagnostic(name, "cannot be read: \(String(cString: strerror(code)))")
        }
    }
}
