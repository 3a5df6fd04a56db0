/// A SHA-256 digest: 32 bytes, shown as 64 lower-case hexadecimal digits.
public struct SHA256Digest: Hashable, Sendable, CustomStringConvertible {
    /// Number of bytes of a digest.
    public static let byteCount = 32

    /// The 32 bytes, first byte first.
    public let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a SHA-256 digest has 32 bytes")
        self.bytes = bytes
    }

    /// Digest of one block of bytes.
    ///
    /// - Throws: `Diagnostic` where libcrypto offers no SHA-256.
    public init(of bytes: UnsafeRawBufferPointer) throws {
        var hasher = try SHA256Hasher()
        hasher.update(bytes)
        self = hasher.finalize()
    }

    /// Digest of an array of bytes.
    public init(of bytes: [UInt8]) throws {
        self = try bytes.withUnsafeBytes { try SHA256Digest(of: $0) }
    }

    /// Digest of a text's UTF-8 bytes.
    public init(of text: String) throws {
        try self.init(of: Array(text.utf8))
    }

    /// Reads 64 lower-case hexadecimal digits; nil for anything else.
    public init?(hex: some Collection<UInt8>) {
        guard hex.count == 2 * Self.byteCount else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in hex {
            guard let digit = Self.digits.firstIndex(of: character).map(UInt8.init) else { return nil }
            if let upper = high {
                bytes.append(upper << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        self.bytes = bytes
    }

    /// 64 lower-case hexadecimal digits.
    public var description: String {
        String(decoding: bytes.flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
