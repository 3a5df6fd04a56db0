import ContentDigest
import Diagnostics
import Foundation

/// An HDF5 file whose first 512 bytes hold its length and digest, verified before libhdf5 sees a byte.
///
/// HDF5 looks for its own beginning at 0, 512, 1024 …, so that `h5py.File(path)` opens a sealed file as it is.
public enum SealedFile {
    /// Version of the layout written; files of later versions are refused.
    public static let formatVersion = 1

    /// Seals an image in place and writes it atomically (`AtomicFile`).
    ///
    /// - Parameters:
    ///   - image: What `HDF5File.image()` gives: 512 bytes of room, then HDF5.
    ///   - path: A symbolic link here is replaced, not followed.
    ///   - content: What the image is, which the file says of itself.
    ///   - beforeReplacing: Called when all bytes are on the disk; where it throws, the file at `path` stays.
    /// - Returns: Digest of the bytes after the first 512.
    /// - Throws: `Diagnostic` naming path and reason; what was at `path` is then complete and verifiable.
    @discardableResult
    public static func write(
        _ image: consuming FileBytes, to path: String, as content: SealedContent = .checkpoint,
        beforeReplacing: () throws -> Void = {}
    ) throws -> SHA256Digest {
        try write(image, to: path, as: content, formatVersion: formatVersion, beforeReplacing: beforeReplacing)
    }

    @discardableResult
    package static func write(
        _ image: consuming FileBytes, to path: String, as content: SealedContent = .checkpoint, formatVersion: Int,
        beforeReplacing: () throws -> Void = {}
    ) throws -> SHA256Digest {
        let digest = try seal(image, as: content, formatVersion: formatVersion)
        try AtomicFile.write(image.bytes, to: path, beforeReplacing: beforeReplacing)
        return digest
    }

    /// Writes length and digest into the first 512 bytes of an image.
    @discardableResult
    package static func seal(
        _ image: borrowing FileBytes, as content: SealedContent = .checkpoint, formatVersion: Int = formatVersion
    ) throws -> SHA256Digest {
        precondition(image.count > SealHeader.byteCount, "an image has room for the seal")
        let digest = try SHA256Digest(of: UnsafeRawBufferPointer(rebasing: image.bytes[SealHeader.byteCount...]))
        let header = SealHeader(
            content: content, formatVersion: formatVersion, length: image.count, digest: digest)
        try image.mutableBytes.copyBytes(from: header.encoded())
        return digest
    }

    /// Reads a sealed file and verifies it.
    ///
    /// - Returns: All bytes of the file, ready for `HDF5File(image:subject:)`.
    /// - Throws: `Diagnostic`, a different one for a file that is missing, of another kind, of a newer version,
    ///   truncated, or damaged.
    public static func read(_ path: String, as content: SealedContent = .checkpoint) throws -> FileBytes {
        // Not blocking: a named pipe at this place is refused below instead of waited for.
        let file = try POSIXFile(path, O_RDONLY | O_NONBLOCK, subject: path, POSIXFile.unread)
        let size = try file.regularSize(subject: path, expected: content.file)
        let header = try readHeader(file, path, content, size: size)
        let bytes = try FileBytes(count: size, for: path)
        try copyHeader(header, into: bytes)
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes.mutableBytes[SealHeader.byteCount...])
        let found = try file.read(into: rest, subject: path)
        guard found == rest.count else {
            throw truncated(path, content, SealHeader.byteCount + found, expected: size)
        }
        let digest = try SHA256Digest(of: UnsafeRawBufferPointer(rest))
        guard digest == header.digest else {
            throw Diagnostic(
                path, "is damaged: the SHA-256 of its content is \(digest)", expected: "\(header.digest)",
                hint: content.replacement)
        }
        return bytes
    }

    private static func copyHeader(_ header: SealHeader, into bytes: borrowing FileBytes) throws {
        bytes.mutableBytes.copyBytes(from: try header.encoded())
    }

    /// Reads and judges the first 512 bytes, and the file's length.
    private static func readHeader(
        _ file: borrowing POSIXFile, _ path: String, _ content: SealedContent, size: Int
    ) throws -> SealHeader {
        let head = try FileBytes(count: SealHeader.byteCount, for: path)
        let count = try file.read(into: head.mutableBytes, subject: path)
        let found = UnsafeRawBufferPointer(rebasing: head.bytes[..<count])
        guard count > 0 else { throw Diagnostic(path, "is empty", expected: content.name, hint: content.replacement) }
        guard found.prefix(content.magic.count).elementsEqual(content.magic.prefix(count)) else {
            let (look, mayBeWeights) = look(of: found)
            throw Diagnostic(
                path, "is not \(content.ownName): it is \(look)",
                hint: mayBeWeights && content == .checkpoint ? "rnn-dist import takes weights of PyTorch and Keras" : nil)
        }
        guard count == SealHeader.byteCount else {
            throw Diagnostic(
                path, "is truncated: it has \(count) bytes", expected: "more than \(SealHeader.byteCount)",
                hint: content.replacement)
        }
        guard let header = try SealHeader.decode(found, content) else {
            throw Diagnostic(path, "is damaged: its first \(SealHeader.byteCount) bytes do not agree",
                hint: content.replacement)
        }
        guard header.formatVersion <= formatVersion else {
            throw Diagnostic(
                path, "has format version \(header.formatVersion)", expected: "at most \(formatVersion)",
                hint: "it was written by a newer rnn-dist: use that one")
        }
        guard size >= header.length else { throw truncated(path, content, size, expected: header.length) }
        guard size == header.length else {
            throw Diagnostic(path, "is damaged: it has \(size) bytes", expected: "\(header.length)",
                hint: content.replacement)
        }
        return header
    }

    private static func truncated(
        _ path: String, _ content: SealedContent, _ found: Int, expected: Int
    ) -> Diagnostic {
        Diagnostic(
            path, "is truncated: it has \(found) bytes", expected: "\(expected)", hint: content.replacement)
    }

    /// What a file of another kind looks like.
    private static func look(of bytes: UnsafeRawBufferPointer) -> (String, mayBeWeights: Bool) {
        let hdf5 = Array("\u{89}HDF\r\n\u{1a}\n".unicodeScalars.map { UInt8($0.value) })
        if bytes.starts(with: hdf5) { return ("an HDF5 file of another program", true) }
        // A length, whatever its bytes are, then a JSON object.
        if bytes.dropFirst(8).starts(with: "{\"".utf8) { return ("a safetensors file", true) }
        if bytes.starts(with: "PK".utf8) { return ("a zip archive, such as PyTorch and Keras write", true) }
        return ("a file of another kind", false)
    }
}
