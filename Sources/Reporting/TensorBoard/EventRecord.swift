/// The frame of an event: its length and the length's checksum, the event and its checksum, all little-endian.
///
/// By hand: it is four lines, and no Swift library has it.
///
/// - Source: TensorFlow, `tensorflow/core/lib/io/record_writer.h`.
package enum EventRecord {
    package static func framed(_ event: [UInt8]) -> [UInt8] {
        let length = bytes(UInt64(event.count))
        return length + bytes(masked(crc32c(length))) + event + bytes(masked(crc32c(event)))
    }

    /// A checksum over bytes that hold checksums would say little: it is turned and shifted.
    package static func masked(_ checksum: UInt32) -> UInt32 {
        (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }

    /// The cyclic redundancy check of Castagnoli's polynomial; zlib has another one's alone.
    ///
    /// - Source: RFC 3720, appendix B.4.
    package static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
