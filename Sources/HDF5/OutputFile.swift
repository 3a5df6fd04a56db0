import Diagnostics
import Foundation

/// A file the user names for what a command writes.
///
/// Such files say who wrote them, and what they are. One that does is replaced by the next of its kind; any other is
/// somebody's work.
package enum OutputFile: String {
    case predictions, picture, report
    /// Weights for another program, and what stands beside them.
    case model

    /// Stands in every file of the kind, near its beginning.
    package var mark: String { "Written by rnn-dist (\(rawValue))." }

    /// Looks at the place for a file, better before long work than behind it.
    ///
    /// - Throws: `Diagnostic` where nothing can be written, or another file is there already.
    package func check(_ path: String) throws {
        try AtomicFile.checkWritable(path)
        try checkReplaceable(path)
    }

    /// A link is replaced, and what it leads to stays.
    ///
    /// - Throws: `Diagnostic` where a file of another kind, or of another program, is there already.
    package func checkReplaceable(_ path: String) throws {
        var status = stat()
        // Why it cannot be looked at is told by writing it.
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else { return }
        if let begin = try? SmallFile.read(path, atMost: 1 << 20), Data(begin).range(of: Data(mark.utf8)) != nil { return }
        throw Diagnostic(
            path, "is there already, and is not \(kind) of rnn-dist's",
            expected: "no such file, or an earlier one to replace", hint: "choose another name, or move it away")
    }

    private var kind: String { self == .predictions ? "a file of predictions" : "a \(rawValue)" }
}
