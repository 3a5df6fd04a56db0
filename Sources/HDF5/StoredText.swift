internal import CHDF5
import Diagnostics

/// Texts as libhdf5 takes and gives them: UTF-8 of variable length, ended by a zero byte.
///
/// A text may itself hold U+0000; it is stored as the bytes C0 80 ("modified UTF-8"), which no valid UTF-8
/// contains, so that every text comes back as it went in.
enum StoredText {
    /// Bytes a dataset spends on each text, which lies in a heap: length (4), address (8), number (4).
    static let referenceSize = 16

    /// libhdf5's type of UTF-8 text of variable length, which h5py reads as `str`.
    static func type(_ subject: String) throws -> Handle {
        let type = try Handle(subject, "set up a text type") { H5Tcopy(H5T_C_S1) }
        _ = try HDF5Library.check(subject, "set up a text type") { H5Tset_size(type.id, H5T_VARIABLE) }
        _ = try HDF5Library.check(subject, "set up a text type") { H5Tset_cset(type.id, H5T_CSET_UTF8) }
        return type
    }

    /// Whether a type of a file is text of variable length.
    static func isText(_ type: borrowing Handle, _ subject: String) throws -> Bool {
        let type = type.id
        let kind = try HDF5Library.check(subject, "look at a type") { H5Tget_class(type).rawValue }
        guard kind == H5T_STRING.rawValue else { return false }
        return try HDF5Library.check(subject, "look at a text type") { H5Tis_variable_str(type) } > 0
    }

    /// Lends the texts as an array of pointers to zero-ended bytes.
    static func withPointers<Result>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<UInt8>?>?) throws -> Result
    ) rethrows -> Result {
        var bytes: [UInt8] = []
        var starts: [Int] = []
        for text in texts {
            starts.append(bytes.count)
            for byte in text.utf8 {
                if byte == 0 { bytes += [0xC0, 0x80] } else { bytes.append(byte) }
            }
            bytes.append(0)
        }
        return try bytes.withUnsafeBufferPointer { bytes in
            let pointers = starts.map { start in bytes.baseAddress.map { $0 + start } }
            return try pointers.withUnsafeBufferPointer { try body($0.baseAddress) }
        }
    }

    /// Reads texts through `read`, which lets libhdf5 fill an array of pointers; libhdf5's memory is given back.
    ///
    /// - Throws: `Diagnostic` where bytes are not UTF-8.
    static func read(
        _ subject: String, _ item: String, count: Int, type: borrowing Handle, space: borrowing Handle,
        _ read: (UnsafeMutableRawPointer) throws -> Void
    ) throws -> [String] {
        let (type, space) = (type.id, space.id)
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>.allocate(capacity: max(count, 1))
        pointers.initialize(repeating: nil, count: max(count, 1))
        defer { pointers.deallocate() }
        try read(pointers)
        defer {
            _ = try? HDF5Library.check(subject, "give memory back") {
                H5Dvlen_reclaim(type, space, hid_t(H5P_DEFAULT), pointers)
            }
        }
        return try (0..<count).map { index in
            // libhdf5 gives the empty text back as no text.
            guard let start = pointers[index] else { return "" }
            var end = start
            while end.pointee != 0 { end += 1 }
            return try decode(UnsafeBufferPointer(start: start, count: end - start), subject, item, index)
        }
    }

    private static func decode(
        _ stored: UnsafeBufferPointer<UInt8>, _ subject: String, _ item: String, _ index: Int
    ) throws -> String {
        var bytes = Array(stored)
        if bytes.contains(0xC0) { bytes = withZeros(bytes) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Diagnostic(subject, "\(item) holds bytes that are not UTF-8 at position \(index)")
        }
        return text
    }

    /// Turns each C0 80 into a zero byte.
    private static func withZeros(_ stored: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while index < stored.count {
            if stored[index] == 0xC0, index + 1 < stored.count, stored[index + 1] == 0x80 {
                bytes.append(0)
                index += 2
            } else {
                bytes.append(stored[index])
                index += 1
            }
        }
        return bytes
    }
}
