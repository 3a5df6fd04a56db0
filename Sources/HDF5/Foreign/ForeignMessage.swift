import Diagnostics
import Foundation

/// What the reading process says, dataset by dataset: kind and rank (a byte each), the extents, the number of bytes
/// that follow (64 bits each, in the machine's order), and those. Texts begin with their lengths.
enum ForeignMessage {
    /// Stands in the place of a kind: the file was refused; texts that make up a `Diagnostic`.
    static let refusal: UInt8 = 0

    static func write(
        _ kind: ForeignDataset.Kind, _ shape: [Int], _ bytes: UnsafeRawBufferPointer, to output: borrowing POSIXFile
    ) throws {
        try writeHead(kind.rawValue, shape, byteCount: bytes.count, to: output)
        try output.write(bytes, subject: subject)
    }

    static func write(
        _ texts: [[UInt8]], _ shape: [Int], as kind: ForeignDataset.Kind = .texts, to output: borrowing POSIXFile
    ) throws {
        try write(kind.rawValue, texts, shape, to: output)
    }

    static func write(_ error: any Error, to output: borrowing POSIXFile) throws {
        let refusal = error as? Diagnostic ?? Diagnostic(subject, "\(error)")
        let texts = [refusal.found, refusal.expected ?? "", refusal.hint ?? ""].map { Array($0.utf8) }
        try write(Self.refusal, texts, [texts.count], to: output)
    }

    private static let subject = "standard output"

    private static func write(_ kind: UInt8, _ texts: [[UInt8]], _ shape: [Int], to output: borrowing POSIXFile) throws
    {
        let lengths = texts.map { UInt64($0.count) }, bytes = texts.flatMap { $0 }
        try writeHead(kind, shape, byteCount: lengths.count * 8 + bytes.count, to: output)
        try lengths.withUnsafeBytes { try output.write($0, subject: subject) }
        try bytes.withUnsafeBytes { try output.write($0, subject: subject) }
    }

    private static func writeHead(_ kind: UInt8, _ shape: [Int], byteCount: Int, to output: borrowing POSIXFile) throws
    {
        try [kind, UInt8(shape.count)].withUnsafeBytes { try output.write($0, subject: subject) }
        try (shape + [byteCount]).withUnsafeBytes { try output.write($0, subject: subject) }
    }
}
