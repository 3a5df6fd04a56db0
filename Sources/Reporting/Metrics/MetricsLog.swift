import Diagnostics
import Foundation
import HDF5

/// The log of a run, `metrics.jsonl`: one JSON object per line, only ever added to.
///
/// Keys are plain words with their unit (`loss_nats`, `tokens_per_second`). Each line is written with one
/// call, so that somebody who follows the file never reads half of one. Not to be used by several tasks at once.
public final class MetricsLog {
    /// What a call of ``truncate(afterStep:)`` removed.
    public struct Truncation: Equatable, Sendable {
        /// Lines of later steps.
        public var dropped: Int
        /// Lines that were no JSON object: written half when a machine went down.
        public var unreadable: Int

        package init(dropped: Int = 0, unreadable: Int = 0) {
            self.dropped = dropped
            self.unreadable = unreadable
        }
    }

    private let path: String
    private var descriptor: Int32
    /// A half line at the end of the file must not swallow the next one.
    private var needsLineFeed: Bool

    /// Opens the log for appending; creates it where there is none.
    ///
    /// - Throws: `Diagnostic` when the file cannot be read or written.
    public init(path: String) throws {
        self.path = path
        descriptor = try Self.open(path, O_RDWR | O_APPEND | O_CREAT)
        needsLineFeed = false
        do {
            let size = lseek(descriptor, 0, SEEK_END)
            var last: UInt8 = 0
            guard size >= 0, size == 0 || pread(descriptor, &last, 1, size - 1) == 1 else {
                throw Self.failure(path, POSIXFile.unread)
            }
            needsLineFeed = size > 0 && last != UInt8(ascii: "\n")
        } catch {
            _ = Foundation.close(descriptor)
            descriptor = -1
            throw error
        }
    }

    deinit {
        if descriptor >= 0 { _ = Foundation.close(descriptor) }
    }

    /// Appends one line.
    ///
    /// - Throws: `Diagnostic` when it cannot be written (a full disk); the file then ends as before.
    public func append(_ object: JSONObject) throws {
        precondition(descriptor >= 0, "a closed log takes no lines")
        let size = lseek(descriptor, 0, SEEK_END)
        do {
            try Self.write(Array(((needsLineFeed ? "\n" : "") + object.text + "\n").utf8), to: descriptor, path)
        } catch {
            if size >= 0 { _ = ftruncate(descriptor, size) }
            throw error
        }
        needsLineFeed = false
    }

    /// Removes the lines that a resumed run is about to write again: those with a `step` above `step`.
    ///
    /// Lines without a step stay, and so does the order. The file is replaced as a whole, so that a kill
    /// leaves either the old or the new one.
    ///
    /// - Throws: `Diagnostic` when the file cannot be read or written.
    @discardableResult
    public func truncate(afterStep step: Int) throws -> Truncation {
        precondition(descriptor >= 0, "a closed log cannot be truncated")
        var read = FileManager.default.contents(atPath: path)
        while read == nil, errno == EINTR { read = FileManager.default.contents(atPath: path) }
        guard let content = read else { throw Self.failure(path, POSIXFile.unread) }
        var kept: [UInt8] = []
        var truncation = Truncation()
        for line in content.split(separator: UInt8(ascii: "\n")) {
            guard let object = (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any] else {
                truncation.unreadable += 1
                continue
            }
            if let lineStep = object["step"] as? Int, lineStep > step {
                truncation.dropped += 1
                continue
            }
            kept += line
            kept.append(UInt8(ascii: "\n"))
        }
        // Also where nothing is dropped: a start of the run that was cut off and has not ended yet holds the old file
        // open, and what it still adds must not be seen.
        try AtomicFile.write(kept, to: path)
        let reopened = try Self.open(path, O_RDWR | O_APPEND)
        _ = Foundation.close(descriptor)
        descriptor = reopened
        needsLineFeed = false
        return truncation
    }

    /// - Throws: `Diagnostic` when the system could not keep what was written.
    public func close() throws {
        guard descriptor >= 0 else { return }
        let status = Foundation.close(descriptor)
        descriptor = -1
        if status != 0 { throw Self.failure(path, POSIXFile.unwritten) }
    }

    private static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        // In a folder shared with others a link may lead to a file of the user's own.
        var descriptor: Int32
        repeat {
            descriptor = Foundation.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o666)
        } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else {
            if errno == ELOOP {
                throw Diagnostic(path, "is a symbolic link, which is not followed", expected: "a file, or none")
            }
            throw failure(path, "cannot be opened")
        }
        return descriptor
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure(path, POSIXFile.unwritten) }
            rest = rest.dropFirst(written)
        }
    }

    /// The system's last error as a sentence.
    private static func failure(_ path: String, _ what: String) -> Diagnostic {
        POSIXFile.failure(errno, path, what)
    }
}
