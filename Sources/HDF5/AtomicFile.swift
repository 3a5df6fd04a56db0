import Diagnostics
import Foundation
import Synchronization

/// Writes files that are there completely or not at all, whatever happens meanwhile.
///
/// The bytes go to a temporary name in the same folder, then to the disk; the temporary file takes the target's
/// place, and the folder goes to the disk. A symbolic link at the target is replaced, not followed.
public enum AtomicFile {
    /// How temporary names end: what a killed run may leave behind, safe to delete.
    public static let temporarySuffix = ".partial"

    /// Writes a small text, a pointer file for example.
    ///
    /// - Throws: `Diagnostic` naming path and reason; the target is then as it was, or, where only putting the folder
    ///   on the disk failed, complete.
    public static func write(_ text: String, to path: String, beforeReplacing: () throws -> Void = {}) throws {
        try Array(text.utf8).withUnsafeBytes { try write($0, to: path, beforeReplacing: beforeReplacing) }
    }

    /// Writes bytes.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        try bytes.withUnsafeBytes { try write($0, to: path) }
    }

    /// Writes bytes straight from the caller's memory.
    ///
    /// - Parameter beforeReplacing: Called when all bytes are on the disk; where it throws, the target stays.
    public static func write(
        _ bytes: UnsafeRawBufferPointer, to path: String, beforeReplacing: () throws -> Void = {}
    ) throws {
        let folder = folder(of: path)
        let temporary = folder + "/" + temporaryName()
        try writeTemporary(bytes, to: temporary, subject: path)
        do { try beforeReplacing() } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let number = errno
            unlink(temporary)
            throw POSIXFile.failure(number, path, POSIXFile.unwritten)
        }
        let entries = try POSIXFile(folder, O_RDONLY | O_DIRECTORY, subject: path, POSIXFile.unwritten)
        try entries.synchronize(subject: path)
    }

    /// Finds out beforehand what keeps a file from being written: better before long work than behind it.
    ///
    /// - Throws: `Diagnostic` as `write`; nothing is left behind.
    public static func checkWritable(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw POSIXFile.failure(EISDIR, path, POSIXFile.unwritten) }
        } else if errno != ENOENT {
            throw POSIXFile.failure(errno, path, POSIXFile.unwritten)
        }
        let temporary = folder(of: path) + "/" + temporaryName()
        try writeTemporary(UnsafeRawBufferPointer(start: nil, count: 0), to: temporary, subject: path)
        unlink(temporary)
    }

    /// Makes the folder that a file belongs into, and those above it, where they are missing.
    public static func makeFolder(of path: String) throws {
        let folder = folder(of: path), number = makeFolders(folder)
        if number != 0 { throw POSIXFile.failure(number, folder, POSIXFile.unwritten) }
    }

    /// Makes a folder, and those above it, where they are missing.
    ///
    /// - Returns: 0, or the number of the error. Not by FileManager, whose errors lose what the system said.
    package static func makeFolders(_ path: String) -> Int32 {
        guard mkdir(path, 0o777) != 0, errno != EEXIST else { return 0 }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return errno }
        let number = makeFolders(String(path[..<slash]))
        if number != 0 { return number }
        return mkdir(path, 0o777) == 0 || errno == EEXIST ? 0 : errno
    }

    /// As `checkWritable`, for a file that replaces none.
    public static func checkNew(_ path: String) throws {
        try checkWritable(path)
        var status = stat()
        guard lstat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG && status.st_size == 0 else {
            throw Diagnostic(
                path, "is there already", expected: "a name that no file has", hint: "choose another, or move it away")
        }
    }

    private static func writeTemporary(_ bytes: UnsafeRawBufferPointer, to temporary: String, subject: String) throws {
        // A killed run with the same host name and process number (both repeat in containers) may have left it.
        unlink(temporary)
        // 0666: the user's umask decides.
        let file = try POSIXFile(
            temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o666, subject: subject, POSIXFile.unwritten)
        do {
            try file.write(bytes, subject: subject)
            try file.synchronize(subject: subject)
            try file.close(subject: subject)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static let writes = Atomic<Int>(0)

    /// A name no other host, process or thread writes to at this time.
    private static func temporaryName() -> String {
        var host = [CChar](repeating: 0, count: 65)
        _ = gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let number = writes.add(1, ordering: .relaxed).oldValue
        return ".\(name)-\(getpid())-\(number)\(temporarySuffix)"
    }

    /// The folder a path names an entry of.
    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
