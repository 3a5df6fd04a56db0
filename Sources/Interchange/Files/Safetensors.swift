import Diagnostics
import Foundation
import HDF5

/// Tensors in a file as PyTorch's users exchange them: 8 bytes of length, a JSON object, the numbers.
///
/// Written by hand: the format is a page, and no Swift library for it exists.
///
/// - Source: github.com/huggingface/safetensors, "Format".
package enum Safetensors {
    /// A tensor's entry in the header.
    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    /// What headers hold beside tensors.
    private static let metadata = "__metadata__"

    /// The bytes of a file with these tensors, in their order.
    package static func bytes(of tensors: [NamedTensor]) throws -> [UInt8] {
        var entries: [String: Any] = [metadata: ["format": "pt", "comment": OutputFile.model.mark]], end = 0
        for (name, tensor) in tensors.map({ ($0.name, $0.tensor) }) {
            let begin = end
            end += tensor.values.count * MemoryLayout<Float>.size
            entries[name] = ["dtype": "F32", "shape": tensor.shape, "data_offsets": [begin, end]] as [String: Any]
        }
        var header = try JSONText.bytes(entries, isPretty: false)
        // Numbers begin at a multiple of 8, as the format's own writer has it.
        header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
        var bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
        bytes.reserveCapacity(bytes.count + end)
        for tensor in tensors {
            for value in tensor.tensor.values {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return bytes
    }

    /// Reads the tensors of a file; its header is believed only as far as the bytes bear it out.
    ///
    /// - Parameter subject: The file, for messages.
    /// - Returns: Names in byte order.
    /// - Throws: `Diagnostic` for a header that is none, tensors of other types, and offsets that overlap, leave gaps,
    ///   or lie outside the file.
    package static func tensors(in bytes: [UInt8], subject: String) throws -> [NamedTensor] {
        guard bytes.count >= 8 else {
            throw Diagnostic(subject, "has \(bytes.count.counted("byte"))", expected: "a safetensors file")
        }
        // What torch.save writes, today and before 2020; a header's length may begin with the same bytes.
        if bytes.dropFirst(8).first != UInt8(ascii: "{"),
            bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x80, 2])
        {
            throw Diagnostic(subject, "is a pickle of PyTorch, or another archive", expected: "a safetensors file",
                hint: "load it in PyTorch, and save its state_dict by safetensors.torch.save_file")
        }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - 8) else {
            throw Diagnostic(
                subject, "its header is said to have \(length) bytes, of \(bytes.count - 8) that follow",
                expected: "a safetensors file")
        }
        let begin = 8 + Int(length), dataCount = bytes.count - begin
        let entries = try entries(Data(bytes[8..<begin]), subject)
        var covered = 0
        for (name, entry) in entries.sorted(by: { ($0.1.data_offsets, $0.0) < ($1.1.data_offsets, $1.0) }) {
            guard entry.dtype == "F32" else {
                throw Diagnostic(
                    subject, "tensor '\(name)' is of type \(entry.dtype)", expected: "F32",
                    hint: name.hasSuffix("num_batches_tracked")
                        ? "models here have no batch normalization" : "save it from model.float()")
            }
            let bytesEach = MemoryLayout<Float>.size
            guard let count = count(entry.shape), entry.data_offsets.count == 2,
                entry.data_offsets[1] <= dataCount, entry.data_offsets[0] >= 0,
                entry.data_offsets[1] >= entry.data_offsets[0],
                entry.data_offsets[1] - entry.data_offsets[0] == count * bytesEach
            else {
                throw Diagnostic(
                    subject, "tensor '\(name)' of shape \(entry.shape) is said to be at bytes \(entry.data_offsets)",
                    expected: "\(bytesEach) bytes a number, within the \(dataCount) there are")
            }
            guard entry.data_offsets[0] == covered else {
                throw Diagnostic(
                    subject, "tensor '\(name)' begins at byte \(entry.data_offsets[0])", expected: "\(covered)",
                    hint: "tensors follow each other without overlap or gap")
            }
            covered = entry.data_offsets[1]
        }
        guard covered == dataCount else {
            throw Diagnostic(subject, "its tensors take \(covered) bytes", expected: "the \(dataCount) there are")
        }
        return entries.map { name, entry in
            let first = begin + entry.data_offsets[0], count = entry.data_offsets[1] - entry.data_offsets[0]
            let values = bytes.withUnsafeBytes { raw in
                stride(from: first, to: first + count, by: MemoryLayout<Float>.size).map {
                    Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
                }
            }
            return NamedTensor(name: name, tensor: PortableTensor(shape: entry.shape, values))
        }
    }

    private static func entries(_ header: Data, _ subject: String) throws -> [(String, Entry)] {
        struct Header: Decodable {
            struct Name: CodingKey {
                let stringValue: String
                var intValue: Int? { nil }
                init?(stringValue: String) { self.stringValue = stringValue }
                init?(intValue: Int) { nil }
            }
            let entries: [(String, Entry)]
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Name.self)
                entries = try container.allKeys.filter { $0.stringValue != Safetensors.metadata }
                    .map { ($0.stringValue, try container.decode(Entry.self, forKey: $0)) }
                    .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            }
        }
        do { return try JSONDecoder().decode(Header.self, from: header).entries } catch {
            throw Diagnostic(
                subject, "its header is not a JSON object of tensors with dtype, shape and data_offsets",
                expected: "a safetensors file")
        }
    }

    /// Numbers of a shape; nil: an extent is negative, or there are more than memory holds.
    private static func count(_ shape: [Int]) -> Int? {
        var count = 1
        for extent in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: extent)
            if extent < 0 || overflows || product > Int.max / 8 { return nil }
            count = product
        }
        return count
    }
}

private func < (left: ([Int], String), right: ([Int], String)) -> Bool {
    left.0 == right.0
        ? left.1.utf8.lexicographicallyPrecedes(right.1.utf8) : left.0.lexicographicallyPrecedes(right.0)
}
