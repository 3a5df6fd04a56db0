internal import CZlib
import Diagnostics

/// Inflates a gzip file of one or more members.
///
/// zlib's own `gzread` passes over anything behind the first member that is not a gzip header, so a damaged
/// second member would shorten the data without a word; hence the loop over `inflate` here.
final class GzipInflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let name: String
    /// Between members: the last one ended, the next has not begun.
    private var isBetweenMembers = false

    init(name: String) throws {
        self.name = name
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15: the largest window, 16: a gzip header and checksum.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { throw Diagnostic(name, "zlib could not start (status \(status))") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Inflates from `input[range]` into `output[start...]`, removing what was used from `range`.
    ///
    /// - Returns: Number of bytes written; 0 when more input is needed.
    /// - Throws: `Diagnostic` when the data is damaged.
    ///
    /// The corresponding C function is `inflate`.
    func inflate(_ input: inout [UInt8], range: inout Range<Int>, into output: inout [UInt8], from start: Int) throws
        -> Int
    {
        if isBetweenMembers {
            guard try beginNextMember(input, range: &range) else { return 0 }
        }
        let room = output.count - start
        let status = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress?.advanced(by: range.lowerBound)
                stream.pointee.avail_in = UInt32(clamping: range.count)
                stream.pointee.next_out = output.baseAddress?.advanced(by: start)
                stream.pointee.avail_out = UInt32(clamping: room)
                return CZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        range = range.upperBound - Int(stream.pointee.avail_in)..<range.upperBound
        switch status {
        case Z_STREAM_END: isBetweenMembers = true
        case Z_OK, Z_BUF_ERROR: break
        default:
            throw Diagnostic(
                name, "gzip data is damaged (\(stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"))",
                hint: "test the file with gzip -t")
        }
        return room - Int(stream.pointee.avail_out)
    }

    /// Called at the end of the file.
    ///
    /// - Throws: `Diagnostic` when the file ends inside a member.
    func finish() throws {
        guard isBetweenMembers else {
            throw Diagnostic(name, "gzip data ends too early", hint: "the file is truncated; test it with gzip -t")
        }
    }

    /// Zero bytes may pad the end of a file (tapes, block devices); anything else must be the next member.
    private func beginNextMember(_ input: [UInt8], range: inout Range<Int>) throws -> Bool {
        while let next = range.first, input[next] == 0 { range.removeFirst() }
        guard let next = range.first else { return false }
        guard input[next] == 0x1F else {
            throw Diagnostic(
                name, "something other than gzip data follows the compressed data", hint: "test the file with gzip -t")
        }
        inflateReset(stream)
        isBetweenMembers = false
        return true
    }
}
