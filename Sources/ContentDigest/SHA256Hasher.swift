internal import CCrypto
import Diagnostics

/// Computes the SHA-256 digest of bytes that come in pieces.
///
/// The corresponding C functions are `EVP_DigestInit_ex`, `EVP_DigestUpdate` and `EVP_DigestFinal_ex`.
/// libcrypto uses the processor's SHA instructions, which a loop in Swift would not.
public struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer

    /// - Throws: `Diagnostic` where libcrypto offers no SHA-256: out of memory, or an openssl.cnf that
    ///   activates only providers without it.
    public init() throws {
        guard let context = EVP_MD_CTX_new() else { throw Self.unavailable() }
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            EVP_MD_CTX_free(context)
            throw Self.unavailable()
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Appends bytes; no bytes are allowed.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(status == 1, "an initialised SHA-256 context takes bytes")
    }

    /// Appends bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Appends a text's UTF-8 bytes.
    public mutating func update(_ text: String) {
        update(Array(text.utf8))
    }

    /// Digest of all bytes so far.
    public consuming func finalize() -> SHA256Digest {
        var bytes = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
        let status = EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(status == 1, "an initialised SHA-256 context gives a digest")
        return SHA256Digest(bytes: bytes)
    }

    private static func unavailable() -> Diagnostic {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        let reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return Diagnostic(
            "libcrypto", "SHA-256 is not available (\(reason))",
            hint: "check the providers that openssl.cnf activates")
    }
}
