import Diagnostics

extension Span<UInt8> {
    /// Checks that the bytes are text in UTF-8, without NUL: a file that has one holds numbers or is UTF-16.
    ///
    /// - Parameters:
    ///   - file: Name for the message.
    ///   - line: Number of the line that the bytes begin in; nil when `file` is not a file of lines.
    /// - Throws: `Diagnostic` that names the line and the first byte that is wrong.
    package func checkUTF8(file: String, line: Int?) throws {
        let utf16 = "if it is UTF-16, convert it, for example with iconv -f utf-16 -t utf-8"
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: self)
        } catch {
            let offset = error.byteOffsets.lowerBound
            let digits = String(self[offset], radix: 16, uppercase: true)
            // The byte order mark of UTF-16.
            let mayBeUTF16 = (line ?? 1) == 1 && offset == 0 && self[0] >= 0xFE
            throw Diagnostic(
                place(of: offset, file, line), "byte 0x\(digits) is not UTF-8",
                hint: mayBeUTF16 ? utf16 : "convert the file, for example with iconv -f latin1 -t utf8")
        }
        for offset in 0..<count where self[offset] == 0 {
            throw Diagnostic(place(of: offset, file, line), "a NUL byte", expected: "text", hint: utf16)
        }
    }

    private func place(of offset: Int, _ file: String, _ line: Int?) -> String {
        var lineFeeds = 0
        for index in 0..<offset where self[index] == UInt8(ascii: "\n") { lineFeeds += 1 }
        return SourcePlace(file: file, line: line.map { $0 + lineFeeds }).description
    }

    /// The bytes as text; bytes that are not UTF-8 become U+FFFD.
    package var text: String {
        withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the bytes are those of `other`.
    package func equals(_ other: borrowing Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where self[index] != other[index] { return false }
        return true
    }

    /// The bytes without ASCII blanks at either end.
    package var trimmed: Range<Int> {
        var lower = 0
        var upper = count
        while lower < upper, self[lower].isASCIIBlank { lower += 1 }
        while lower < upper, self[upper - 1].isASCIIBlank { upper -= 1 }
        return lower..<upper
    }
}

extension UInt8 {
    /// Space, tab, line feed, vertical tab, form feed, carriage return.
    package var isASCIIBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
