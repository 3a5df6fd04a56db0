import Diagnostics
import Foundation

/// A reader of outside bytes: whatever the bytes are, it gives data or throws a `Diagnostic`, soon.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Good input, from which a search begins.
    package let seeds: @Sendable () throws -> [[UInt8]]
    private let read: @Sendable ([UInt8]) throws -> Void

    init(
        _ name: String, seeds: @escaping @Sendable () throws -> [[UInt8]],
        _ read: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.seeds = seeds
        self.read = read
    }

    /// A target whose first byte chooses settings.
    init(
        _ name: String, choosing seeds: [String], _ read: @escaping @Sendable (UInt8, [UInt8]) throws -> Void
    ) {
        self.init(name, seeds: { seeds.flatMap { text in [0, 1, 2, 7].map { [UInt8($0)] + Array(text.utf8) } } }) {
            try read($0.first ?? 0, Array($0.dropFirst()))
        }
    }

    /// Reads the bytes; what is refused is refused with a `Diagnostic`.
    ///
    /// - Returns: The message of a refusal; nil: the bytes were read.
    /// - Throws: Any other error, which is a fault.
    @discardableResult
    package func run(_ bytes: [UInt8]) throws -> String? {
        do { try read(bytes) } catch let refusal as Diagnostic { return "\(refusal)" }
        return nil
    }

    package static var all: [FuzzTarget] { textTargets + weightTargets + documentTargets }

    /// Writes bytes to a file in memory, of this process alone, that has an ending; returns its path.
    static func file(_ bytes: [UInt8], _ ending: String) throws -> String {
        let path = "\(folder)/input\(ending)"
        guard let file = fopen(path, "w") else { throw Failure(path: path) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw Failure(path: path) }
        return path
    }

    private struct Failure: Error { let path: String }

    private static let folder: String = {
        let path = "/dev/shm/rnn-dist-fuzz-\(getpid())"
        mkdir(path, 0o700)
        atexit {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: FuzzTarget.folder)) ?? [] {
                unlink("\(FuzzTarget.folder)/\(name)")
            }
            rmdir(FuzzTarget.folder)
        }
        return path
    }()
}
