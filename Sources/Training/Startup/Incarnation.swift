import Diagnostics
import Foundation
import HDF5

/// One start of a run. The latest start alone may write to the run's folder.
///
/// A node that was cut off, and whose job began anew elsewhere, may come back while its ranks still train.
public struct Incarnation: Sendable {
    /// Tells people, and this start from others.
    public let name: String
    /// Stands in every name.
    static let mark = ", process "
    private let folder: String
    private var file: String { folder + "/incarnation" }

    /// Takes over the folder: whoever wrote to it before writes no more.
    ///
    /// `RNN_DIST_INCARNATION`, such as a job's number, becomes part of the name.
    public init(claiming folder: RunFolder, host: String) throws {
        let given = ProcessInfo.processInfo.environment["RNN_DIST_INCARNATION"].map { "\($0), " } ?? ""
        let time = Date().ISO8601Format(.init(includingFractionalSeconds: true))
        self.folder = folder.path
        name = "\(given)host \(host)\(Self.mark)\(getpid()), \(time)"
        try AtomicFile.write(name + "\n", to: file)
    }

    /// - Throws: `Diagnostic` where a later start has taken over.
    public func check() throws {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return }
        let latest = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard latest != name else { return }
        throw Diagnostic(
            folder, "a later start of this run has taken over (\(latest)); this one (\(name)) writes nothing more",
            hint: "if that one is the mistake, end it and go on with --resume")
    }
}
