import ContentDigest

/// The text in the first 512 bytes of a sealed file, readable with `head`:
///
///     rnn-dist checkpoint (or what else the content is)
///     format 1
///     length 0000000000123456
///     sha256 <64 hexadecimal digits>
///     seal <64 hexadecimal digits>
///
/// then zeros and a line end. `length` counts the whole file in bytes, `sha256` belongs to all bytes after
/// these 512 (`tail -c +513 FILE | sha256sum`), `seal` is the SHA-256 of the lines above it: without it a flipped
/// bit in `length` would look like a truncated file.
struct SealHeader: Equatable {
    static let byteCount = HDF5File.userBlockSize
    var content: SealedContent
    var formatVersion: Int
    var length: Int
    var digest: SHA256Digest

    /// The 512 bytes.
    func encoded() throws -> [UInt8] {
        var text = content.magic
        text += Array("format \(formatVersion)\nlength \(Self.padded(length))\nsha256 \(digest)\n".utf8)
        text += Array("seal \(try SHA256Digest(of: text))\n".utf8)
        let zeros = [UInt8](repeating: 0, count: Self.byteCount - 1 - text.count)
        return text + zeros + [UInt8(ascii: "\n")]
    }

    /// Reads 512 bytes; nil where they are not, to the bit, what `encoded` writes for some header.
    static func decode(_ bytes: UnsafeRawBufferPointer, _ content: SealedContent) throws -> SealHeader? {
        guard bytes.count == byteCount else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count >= 5,
            let version = value(of: "format ", in: lines[1]).flatMap(number),
            let length = value(of: "length ", in: lines[2]).flatMap(number),
            let digest = value(of: "sha256 ", in: lines[3]).flatMap(SHA256Digest.init(hex:))
        else { return nil }
        let header = SealHeader(content: content, formatVersion: version, length: length, digest: digest)
        return try header.encoded().elementsEqual(bytes) ? header : nil
    }

    private static func value(of key: String, in line: Slice<UnsafeRawBufferPointer>) -> [UInt8]? {
        line.starts(with: key.utf8) ? Array(line.dropFirst(key.utf8.count)) : nil
    }

    private static func number(_ digits: [UInt8]) -> Int? {
        guard (1...16).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Sixteen digits.
    private static func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 16 - digits.count)) + digits
    }
}
