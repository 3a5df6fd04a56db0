import Diagnostics

/// A window that moves over the bytes of a text file, plain or gzip, and finds its lines.
///
/// The window holds one chunk, or one line if that is longer; the file as a whole is never in memory.
/// A byte order mark at the begin is dropped; LF and CRLF end lines, and so does the end of the file.
/// To `nextLine`, NUL is a byte like any other.
package struct TextFile: ~Copyable {
    /// The window; ranges returned by the methods index it and hold until the next call.
    package var bytes: [UInt8]
    /// File name for messages.
    package let name: String
    /// Number of the line that was read last, from 1.
    package internal(set) var lineNumber: Int

    /// Data in the window that was not yet handed out.
    private(set) var unread: Range<Int>
    private let stream: ByteStream
    private var isAtEnd: Bool

    /// Longest line or record: an unclosed quote must not pull a whole file into memory.
    package static let longestRecord = 1 << 28

    /// - Throws: `Diagnostic` when the file is missing, a folder, not readable, damaged gzip, or empty.
    package init(path: String, chunk: Int = 1 << 18) throws {
        let stream = try ByteStream(path: path)
        var bytes = [UInt8](repeating: 0, count: max(chunk, 4))
        var count = 0
        while count < 3 {
            let read = try stream.read(into: &bytes, from: count)
            if read == 0 { break }
            count += read
        }
        if count == 0 { throw Diagnostic(stream.name, "file is empty") }
        let hasMark = count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF
        self.stream = stream
        self.bytes = bytes
        name = stream.name
        unread = (hasMark ? 3 : 0)..<count
        lineNumber = 0
        isAtEnd = false
    }

    /// Size of the data in bytes where it is known beforehand: a plain regular file.
    package var knownSize: Int? { stream.knownSize }

    /// Finds the next line; its range is without the line's end. Nil at the end of the file.
    ///
    /// - Throws: `Diagnostic` when reading fails or the line is longer than `longestRecord`.
    package mutating func nextLine() throws -> Range<Int>? {
        var searched = 0
        while true {
            if let end = firstLineFeed(from: unread.lowerBound + searched) {
                let line = unread.lowerBound..<end
                unread = end + 1..<unread.upperBound
                lineNumber += 1
                return withoutCarriageReturn(line)
            }
            searched = unread.count
            if try !readMore() { break }
        }
        if unread.isEmpty { return nil }
        let line = unread
        unread = unread.upperBound..<unread.upperBound
        lineNumber += 1
        return withoutCarriageReturn(line)
    }

    /// As `nextLine`, and checks that the line is UTF-8 without NUL.
    package mutating func nextTextLine() throws -> Range<Int>? {
        guard let line = try nextLine() else { return nil }
        try bytes.span.extracting(line).checkUTF8(file: name, line: lineNumber)
        return line
    }

    /// Takes the next `count` bytes; nil when fewer are left.
    package mutating func take(_ count: Int) throws -> Range<Int>? {
        while unread.count < count {
            if try !readMore() { return nil }
        }
        let taken = unread.lowerBound..<unread.lowerBound + count
        unread = taken.upperBound..<unread.upperBound
        return taken
    }

    /// Marks bytes at the begin of the unread data as read.
    mutating func consume(upTo position: Int) {
        precondition(unread.contains(position) || position == unread.upperBound, "a position outside the unread data")
        unread = position..<unread.upperBound
    }

    /// Reads more bytes behind the unread ones, which may move to the begin of the window; false at the end of the file.
    mutating func readMore() throws -> Bool {
        if isAtEnd { return false }
        if unread.lowerBound > 0 {
            let count = unread.count
            for offset in 0..<count { bytes[offset] = bytes[unread.lowerBound + offset] }
            unread = 0..<count
        }
        if unread.upperBound == bytes.count {
            guard bytes.count < Self.longestRecord else {
                throw Diagnostic(
                    "\(name):\(lineNumber + 1)", "more than \(Self.longestRecord >> 20) MiB without an end of line or record",
                    hint: "a quotation mark may be unclosed, or the file is not text")
            }
            bytes.append(contentsOf: repeatElement(0, count: bytes.count))
        }
        let count = try stream.read(into: &bytes, from: unread.upperBound)
        isAtEnd = count == 0
        unread = unread.lowerBound..<unread.upperBound + count
        return !isAtEnd
    }

    private func firstLineFeed(from start: Int) -> Int? {
        let span = bytes.span
        var position = start
        while position < unread.upperBound {
            if span[position] == UInt8(ascii: "\n") { return position }
            position += 1
        }
        return nil
    }

    private func withoutCarriageReturn(_ line: Range<Int>) -> Range<Int> {
        guard let last = line.last, bytes[last] == UInt8(ascii: "\r") else { return line }
        return line.dropLast()
    }
}
