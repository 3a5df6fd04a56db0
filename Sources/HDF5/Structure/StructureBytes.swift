import Diagnostics

/// The bytes of an HDF5 file without its user block, read with every place checked.
struct StructureBytes {
    let bytes: UnsafeRawBufferPointer
    let subject: String

    /// A little-endian number.
    func number(_ place: Int, bytes width: Int, _ what: String) throws -> UInt64 {
        try require(place, width, what)
        return bytes[place..<place + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A number that counts bytes or is a place; nil: the one that stands for "nowhere".
    func size(_ place: Int, bytes width: Int = 8, _ what: String) throws -> Int? {
        let number = try number(place, bytes: width, what)
        if number == .max { return nil }
        guard let size = Int(exactly: number) else { throw damaged(what, place) }
        return size
    }

    /// Bytes as they are.
    func slice(_ place: Int, _ count: Int, _ what: String) throws -> Slice<UnsafeRawBufferPointer> {
        try require(place, count, what)
        return bytes[place..<place + count]
    }

    /// Refuses a range that does not lie in the file.
    func require(_ place: Int, _ count: Int, _ what: String) throws {
        guard place >= 0, count >= 0, place <= bytes.count, count <= bytes.count - place else {
            throw damaged(what, place)
        }
    }

    func damaged(_ what: String, _ place: Int) -> Diagnostic {
        Diagnostic(subject, "its HDF5 structure is damaged, or not that of rnn-dist: \(what) at byte \(place)")
    }
}
