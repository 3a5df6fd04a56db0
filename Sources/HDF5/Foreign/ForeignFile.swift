import Diagnostics
import Foundation
import Synchronization

/// HDF5 files of other programs, read by a process of its own.
///
/// libhdf5 1.10 crashes and hangs on damaged files, so another process opens the file, under limits of time and memory,
/// and sends the datasets through a pipe: whatever happens to it becomes one message here. Links and datasets that lead
/// out of the file, and packings whose code libhdf5 would load, are refused.
public enum ForeignFile {
    /// The words that start the reading process, which calls `ForeignFileProcess.run` with the words that follow.
    public static var command: [String] {
        get { storedCommand.withLock { $0 } }
        set { storedCommand.withLock { $0 = newValue } }
    }

    // The program itself, even where its file has been replaced since it began.
    private static let storedCommand = Mutex(["/proc/self/exe", "read-hdf5"])

    /// What the reading process may use.
    package struct Limits: Sendable {
        let seconds: Int
        /// Most that the values of one dataset may take; its memory is limited by what the dataset needs.
        let bytes: Int

        package init(seconds: Int, bytes: Int) {
            self.seconds = seconds
            self.bytes = bytes
        }

        /// What is read is for a moment in two processes. A slow disk gives 4 MiB a second; gzip packs to a
        /// thousandth at best, and gives 64 MiB a second.
        init(fileSize: Int) {
            let bytes = Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))) / 2
            self.init(seconds: 60 + fileSize >> 22 + min(bytes, fileSize << 10) >> 26, bytes: bytes)
        }
    }

    /// Whether a path names such a file by its ending.
    public static func isNamed(_ path: String) -> Bool { path.hasSuffix(".h5") || path.hasSuffix(".hdf5") }

    /// Reads datasets, in the order in which they are asked for.
    ///
    /// - Throws: `Diagnostic` naming the file, for a dataset that is missing (it names those there are), of another
    ///   kind or leading out of the file, and for a file that is damaged or takes too much time or memory.
    public static func read(
        _ path: String, _ wanted: [(name: String, kind: ForeignDataset.Kind)]
    ) throws -> [ForeignDataset] {
        try read(path, wanted, limits: nil, command: command)
    }

    package static func read(
        _ path: String, _ wanted: [(name: String, kind: ForeignDataset.Kind)], limits: Limits?, command: [String]
    ) throws -> [ForeignDataset] {
        let file = try POSIXFile(path, O_RDONLY | O_NONBLOCK, subject: path, POSIXFile.unread)
        let limits = try limits ?? Limits(fileSize: file.regularSize(subject: path, expected: "an HDF5 file"))
        let words =
            command + ["\(limits.seconds)", "\(limits.bytes)", path] + wanted.map { "\($0.kind.rawValue):\($0.name)" }
        let child = try ReadingProcess.start(words, subject: path)
        let reply = ForeignReply(
            input: child.output.descriptor, deadline: .now + .seconds(limits.seconds), byteLimit: limits.bytes)
        do {
            return try wanted.map { try reply.dataset($0.kind) }
        } catch ForeignReply.Failure.refused(let found, let expected, let hint) {
            throw Diagnostic(path, found, expected: expected, hint: hint)
        } catch let failure as ForeignReply.Failure {
            throw Diagnostic(
                path, child.explanation(of: failure, limits),
                hint: "it may be damaged: make it anew, or copy its datasets into a new file")
        }
    }
}
