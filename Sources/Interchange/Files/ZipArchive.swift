internal import CZlib
import Diagnostics

/// Files in a zip archive, stored as they are: what Keras' `.keras` is.
///
/// Written by hand: zlib has the checksum, and a library for archives would bring compressions nobody needs here.
///
/// - Source: PKWARE's APPNOTE.TXT, 4.3.
package enum ZipArchive {
    private static let localSignature = 0x0403_4B50, entrySignature = 0x0201_4B50, endSignature = 0x0605_4B50
    private static let localSize = 30, entrySize = 46, endSize = 22
    /// 1 January 1980: the same model gives the same bytes.
    private static let date = 0x21

    /// The bytes of an archive with these files.
    ///
    /// - Throws: `Diagnostic` where sizes need more than 32 bits.
    package static func bytes(of files: [(name: String, bytes: [UInt8])], subject: String) throws -> [UInt8] {
        let total = files.reduce(0) { $0 + $1.bytes.count + 2 * $1.name.utf8.count + localSize + entrySize }
        guard total + endSize < Int(UInt32.max) else {
            throw Diagnostic(
                subject, "the model takes \(total >> 20) MiB", expected: "less than 4 GiB in an archive",
                hint: "write its weights alone: --to keras FILE.weights.h5")
        }
        var archive: [UInt8] = [], directory: [UInt8] = []
        for file in files {
            let name = Array(file.name.utf8), sum = checksum(file.bytes), size = file.bytes.count
            let shared = number(20, 2) + number(0, 4) + number(0, 2) + number(date, 2) + number(sum, 4)
                + number(size, 4) + number(size, 4) + number(name.count, 2) + number(0, 2)
            directory += number(entrySignature, 4) + number(20, 2) + shared + number(0, 2) + number(0, 2)
                + number(0, 2) + number(0, 4) + number(archive.count, 4) + name
            archive += number(localSignature, 4) + shared + name + file.bytes
        }
        return archive + directory + number(endSignature, 4) + number(0, 4) + number(files.count, 2)
            + number(files.count, 2) + number(directory.count, 4) + number(archive.count, 4) + number(0, 2)
    }

    /// A file of an archive.
    ///
    /// - Throws: `Diagnostic` for bytes that are no archive, or whose parts lie elsewhere than they say; for a file
    ///   that is missing, compressed, or not what its checksum says.
    package static func file(_ name: String, in archive: [UInt8], subject: String) throws -> [UInt8] {
        let damaged = Diagnostic(subject, "is no zip archive, or a damaged one", expected: "a file that Keras saved")
        func read(_ place: Int, _ count: Int) throws -> Int {
            guard place >= 0, place <= archive.count - count else { throw damaged }
            return (0..<count).reversed().reduce(0) { $0 << 8 | Int(archive[place + $1]) }
        }
        // A comment of 65,535 bytes at most may stand behind the end.
        let last = archive.count - endSize, first = max(0, last - 0xFFFF)
        guard last >= 0, let end = try (first...last).reversed().first(where: { try read($0, 4) == endSignature })
        else { throw damaged }
        var place = try read(end + 16, 4)
        for _ in 0..<(try read(end + 10, 2)) {
            guard try read(place, 4) == entrySignature else { throw damaged }
            let nameCount = try read(place + 28, 2), nameEnd = place + entrySize + nameCount
            guard nameEnd <= archive.count else { throw damaged }
            if archive[(place + entrySize)..<nameEnd].elementsEqual(name.utf8) {
                guard try read(place + 10, 2) == 0 else {
                    throw Diagnostic(
                        subject, "'\(name)' in it is compressed", expected: "stored, as Keras writes it",
                        hint: "unpack the archive and import model.weights.h5")
                }
                let size = try read(place + 20, 4), local = try read(place + 42, 4)
                let begin = try local + localSize + read(local + 26, 2) + read(local + 28, 2)
                guard try read(local, 4) == localSignature, size <= archive.count - begin else { throw damaged }
                let bytes = Array(archive[begin..<(begin + size)])
                guard try checksum(bytes) == read(place + 16, 4) else {
                    throw Diagnostic(subject, "'\(name)' in it is damaged: its checksum is another")
                }
                return bytes
            }
            place = try nameEnd + read(place + 30, 2) + read(place + 32, 2)
        }
        throw Diagnostic(subject, "'\(name)' is missing in it", expected: "a file that Keras saved")
    }

    private static func checksum(_ bytes: [UInt8]) -> Int {
        Int(bytes.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) })
    }

    /// Little-endian.
    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
