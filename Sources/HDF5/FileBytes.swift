import Diagnostics
import Foundation

/// Owned bytes of a file, hundreds of megabytes maybe: never copied behind the scenes, freed with their owner.
// Sendable: there is one owner, and the pointer leaves it only for the length of a call.
public struct FileBytes: ~Copyable, @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    public let count: Int

    /// Takes memory without setting it.
    ///
    /// - Throws: `Diagnostic` naming `subject` where there is not enough memory.
    public init(count: Int, for subject: String) throws {
        precondition(count >= 0, "a file has no negative number of bytes")
        guard let memory = malloc(max(count, 1)) else {
            throw Diagnostic(
                subject, "there is no memory for its \(count) bytes", hint: "use a machine with more memory")
        }
        self.memory = memory
        self.count = count
    }

    /// Copies an array.
    public init(copying bytes: [UInt8], for subject: String) throws {
        try self.init(count: bytes.count, for: subject)
        mutableBytes.copyBytes(from: bytes)
    }

    deinit { free(memory) }

    /// The bytes, valid as long as their owner, which needs a name: one that has none is freed before they are read.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: count) }
    /// A copy, also of bytes whose owner has no name.
    package var array: [UInt8] { Array(bytes) }
    /// The bytes to be changed, valid as long as their owner.
    public var mutableBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: memory, count: count)
    }
}
