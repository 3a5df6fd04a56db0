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
    private var file: AppendedFile
    /// A half line at the end of the file must not swallow the next one.
    private var needsLineFeed: Bool

    /// Opens the log for appending; creates it where there is none.
    ///
    /// - Throws: `Diagnostic` when the file cannot be read or written.
    public init(path: String) throws {
        self.path = path
        file = try AppendedFile(path, O_CREAT)
        needsLineFeed = try file.lastByte.map { $0 != UInt8(ascii: "\n") } ?? false
    }

    /// Appends one line.
    ///
    /// - Throws: `Diagnostic` when it cannot be written (a full disk); the file then ends as before.
    public func append(_ object: JSONObject) throws {
        try file.append(Array(((needsLineFeed ? "\n" : "") + object.text + "\n").utf8))
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
        var read = FileManager.default.contents(atPath: path)
        while read == nil, errno == EINTR { read = FileManager.default.contents(atPath: path) }
        guard let content = read else { throw POSIXFile.failure(errno, path, POSIXFile.unread) }
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
        file = try AppendedFile(path)
        needsLineFeed = false
        return truncation
    }

    /// - Throws: `Diagnostic` when the system could not keep what was written.
    public func close() throws { try file.close() }
}
