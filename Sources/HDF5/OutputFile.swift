import Diagnostics
import Foundation

/// A file the user names for what a command writes: models for other programs, predictions, pictures, reports.
///
/// Such files say who wrote them. One that does is replaced by the next; any other is somebody's work.
package enum OutputFile {
    /// Stands in every file, near its beginning.
    package static let mark = "Written by rnn-dist."

    /// Looks at the place for a file, better before long work than behind it.
    ///
    /// - Throws: `Diagnostic` where nothing can be written, or another file is there already.
    package static func check(_ path: String) throws {
        try AtomicFile.checkWritable(path)
        try checkReplaceable(path)
    }

    /// - Throws: `Diagnostic` where a file is there already that rnn-dist has not written.
    package static func checkReplaceable(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) != 0, errno == ENOENT || errno == ENOTDIR { return }
        // A link, or a file that cannot be read, is somebody else's, too.
        guard let begin = try? SmallFile.read(path, atMost: 1 << 20),
            Data(begin).range(of: Data(mark.utf8)) != nil
        else {
            throw Diagnostic(
                path, "is there already, and not written by rnn-dist",
                expected: "no such file, or an earlier one of rnn-dist's to replace",
                hint: "choose another name, or move it away")
        }
    }
}
