import Diagnostics
import Foundation

/// The folder of a run: made on rank 0, before anything is computed.
public struct RunFolder: Sendable {
    public let path: String
    public var checkpoints: CheckpointFolder { CheckpointFolder(run: path) }
    public var metrics: String { path + "/metrics.jsonl" }

    public init(_ path: String) { self.path = path }

    /// Makes the folder and tries whether it can be written to.
    ///
    /// - Parameter continues: Whether the run goes on in a folder that holds one.
    public func prepare(continues: Bool) throws {
        let files = FileManager.default
        var isFolder: ObjCBool = false
        if files.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
            throw Diagnostic(path, "this is a file", expected: "a folder for the run", hint: "choose another --output")
        }
        if !continues, files.fileExists(atPath: metrics) || !checkpoints.generations.isEmpty {
            throw Diagnostic(
                path, "this folder holds another run", expected: "a new or empty folder",
                hint: "continue that run with --resume, or choose another --output")
        }
        do {
            try files.createDirectory(atPath: checkpoints.path, withIntermediateDirectories: true)
        } catch {
            throw Diagnostic(
                path, "the folder cannot be made (\(Self.reason(error)))", expected: "a place that can be written to",
                hint: "choose another --output")
        }
        guard access(checkpoints.path, W_OK | X_OK) == 0 else {
            throw Diagnostic(
                path, "the folder cannot be written to (\(String(cString: strerror(errno))))", expected: "a place that can be written to",
                hint: "choose another --output")
        }
    }

    private static func reason(_ error: any Error) -> String {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
        if let underlying, underlying.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(underlying.code))) }
        return error.localizedDescription
    }
}
