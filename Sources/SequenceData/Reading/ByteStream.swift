import Diagnostics

/// The bytes of a file from begin to end; gzip is told by its first two bytes and inflated on the way.
final class ByteStream {
    let name: String
    private let file: FileDescriptor
    private var inflater: GzipInflater?
    /// Bytes of the file that were read but not yet handed out.
    private var raw = [UInt8](repeating: 0, count: 1 << 17)
    private var rawRange = 0..<0

    /// - Throws: `Diagnostic` when the file cannot be read.
    init(path: String) throws {
        name = path == "-" ? "standard input" : path
        file = try FileDescriptor(path: path)
        // A pipe may give a single byte at first.
        while rawRange.count < 2, try readRaw() {}
        if rawRange.count >= 2, raw[0] == 0x1F, raw[1] == 0x8B { inflater = try GzipInflater(name: name) }
    }

    /// Size of the data where it is known beforehand: a plain regular file.
    var knownSize: Int? { inflater == nil ? file.regularFileSize : nil }

    /// Reads some bytes into `bytes[start...]`, which has room for at least one; 0 at the end.
    ///
    /// - Throws: `Diagnostic` when reading fails or the compressed data is damaged or truncated.
    func read(into bytes: inout [UInt8], from start: Int) throws -> Int {
        guard let inflater else {
            if rawRange.isEmpty { return try file.read(into: &bytes, from: start) }
            let count = min(rawRange.count, bytes.count - start)
            for offset in 0..<count { bytes[start + offset] = raw[rawRange.lowerBound + offset] }
            rawRange.removeFirst(count)
            return count
        }
        while true {
            let count = try inflater.inflate(&raw, range: &rawRange, into: &bytes, from: start)
            if count > 0 { return count }
            if rawRange.isEmpty, try !readRaw() {
                try inflater.finish()
                return 0
            }
        }
    }

    private func readRaw() throws -> Bool {
        if rawRange.isEmpty { rawRange = 0..<0 }
        let count = try file.read(into: &raw, from: rawRange.upperBound)
        rawRange = rawRange.lowerBound..<rawRange.upperBound + count
        return count > 0
    }
}
