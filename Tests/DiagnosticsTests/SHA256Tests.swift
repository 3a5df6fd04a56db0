import ContentDigest
import XCTest

final class SHA256Tests: XCTestCase {
    /// FIPS 180-2, appendix B, and the empty message of the NIST example values.
    func testDigestsEqualThePublishedVectors() throws {
        let vectors = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
        for (message, expected) in vectors {
            XCTAssertEqual(try SHA256Digest(of: message).description, expected)
        }
    }

    func testPiecesGiveTheDigestOfTheWhole() throws {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let whole = try SHA256Digest(of: message)
        for piece in [1, 3, 64, 65, 999, 1000] {
            var hasher = try SHA256Hasher()
            for start in stride(from: 0, to: message.count, by: piece) {
                hasher.update(Array(message[start..<min(start + piece, message.count)]))
                hasher.update([])
            }
            let digest = hasher.finalize()
            XCTAssertEqual(digest, whole, "pieces of \(piece) bytes")
        }
    }

    func testHexTextReadsBackToTheSameDigest() throws {
        let digest = try SHA256Digest(of: "abc")
        XCTAssertEqual(SHA256Digest(hex: Array(digest.description.utf8)), digest)
        XCTAssertNil(SHA256Digest(hex: Array(digest.description.utf8.dropLast())))
        XCTAssertNil(SHA256Digest(hex: Array(digest.description.uppercased().utf8)))
        XCTAssertNil(SHA256Digest(hex: Array(repeating: UInt8(ascii: "g"), count: 64)))
    }
}
