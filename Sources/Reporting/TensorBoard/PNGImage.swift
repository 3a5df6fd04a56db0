internal import CZlib

/// A picture of red, green and blue bytes as a PNG file.
///
/// - Source: Portable Network Graphics (PNG) Specification, third edition.
package enum PNGImage {
    /// - Parameter pixels: `[height][width][3]`
    package static func encoded(width: Int, height: Int, _ pixels: [UInt8]) -> [UInt8] {
        precondition(pixels.count == 3 * width * height, "three bytes for each pixel")
        // Each line begins with the number of its filter: 0 is none.
        var lines: [UInt8] = []
        for line in 0..<height {
            lines.append(0)
            lines += pixels[3 * width * line..<3 * width * (line + 1)]
        }
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        // 8 bits a colour, of which there are three.
        file += chunk("IHDR", bytes(width) + bytes(height) + [8, 2, 0, 0, 0] as [UInt8])
        file += chunk("IDAT", deflated(lines))
        return file + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let checked = Array(name.utf8) + content
        return bytes(content.count) + checked + bytes(Int(crc32(0, checked, UInt32(checked.count))))
    }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var size = compressBound(UInt(bytes.count))
        return [UInt8](unsafeUninitializedCapacity: Int(size)) { room, count in
            let status = compress2(room.baseAddress, &size, bytes, UInt(bytes.count), Z_BEST_COMPRESSION)
            precondition(status == Z_OK, "zlib was given all the room it asked for")
            count = Int(size)
        }
    }

    /// The lower four bytes, big-endian.
    private static func bytes(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
