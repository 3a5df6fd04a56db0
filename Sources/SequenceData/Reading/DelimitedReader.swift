import Diagnostics

/// Reads records of comma- or tab-separated values, RFC 4180: quoted fields, doubled quotes inside them,
/// line ends inside them. A quote inside an unquoted field and a backslash are plain characters.
///
/// SwiftCSV holds the whole file and every field as a `String`; here a field is a range of the file's window.
package struct DelimitedReader: ~Copyable {
    package var file: TextFile
    /// The fields of the record that `next` found: ranges of `file.bytes`, unquoted.
    package var fields: [Range<Int>] { scanner.fields }
    /// Line where that record starts, from 1.
    package private(set) var line = 0
    /// Lines without a character, passed over so far.
    package private(set) var blankLines = 0

    private var scanner: RecordScanner
    private var nextLine = 1
    /// The first record settles how many fields a record has at most.
    private var widest: (count: Int, line: Int)?

    /// - Throws: `Diagnostic` as `TextFile.init`.
    package init(path: String, separator: UInt8, chunk: Int = 1 << 18) throws {
        file = try TextFile(path: path, chunk: chunk)
        scanner = RecordScanner(separator: separator)
    }

    /// Finds the next record; false at the end of the file.
    ///
    /// - Throws: `Diagnostic` when a quote is not closed, text follows a closing quote, a record has more fields
    ///   than the first one, or the bytes are not UTF-8; with the line.
    package mutating func next() throws -> Bool {
        var isAtEnd = false
        while true {
            scanner.reset()
            if isAtEnd, file.unread.isEmpty { return false }
            let scanned = scanner.scan(file, isAtEnd: isAtEnd)
            switch scanned.end {
            case .needsMore:
                isAtEnd = try !file.readMore()
            case .unclosedQuote:
                throw Diagnostic(
                    place(nextLine + scanned.lineFeeds), "the quotation mark that opens here is never closed",
                    hint: "write a quotation mark inside a quoted field twice")
            case .textAfterQuote:
                throw Diagnostic(
                    place(nextLine + scanned.lineFeeds), "text follows a closing quotation mark",
                    expected: "a separator or the end of the line",
                    hint: "write a quotation mark inside a quoted field twice")
            case .record(let record, let next):
                line = nextLine
                nextLine += scanned.lineFeeds
                file.lineNumber = nextLine - 1
                if record.isEmpty {
                    blankLines += 1
                    file.consume(upTo: next)
                    isAtEnd = false
                    continue
                }
                try file.bytes.span.extracting(record).checkUTF8(file: file.name, line: line)
                try checkWidth()
                for field in scanner.doubled { scanner.fields[field] = unquoted(scanner.fields[field]) }
                file.consume(upTo: next)
                return true
            }
        }
    }

    private func place(_ line: Int) -> String { "\(file.name):\(line)" }

    private mutating func checkWidth() throws {
        guard let widest else {
            widest = (fields.count, line)
            return
        }
        guard fields.count <= widest.count else {
            let name = scanner.separator == UInt8(ascii: ",") ? "comma" : "tab"
            throw Diagnostic(
                place(line), "row has \(fields.count.counted("field"))", expected: "\(widest.count) as in line \(widest.line)",
                hint: "put quotation marks around a field that holds a \(name)")
        }
    }

    /// Makes one quote of each doubled one, in place: the bytes behind have been scanned already.
    private mutating func unquoted(_ range: Range<Int>) -> Range<Int> {
        var target = range.lowerBound
        var source = range.lowerBound
        while source < range.upperBound {
            let byte = file.bytes[source]
            file.bytes[target] = byte
            target += 1
            source += byte == UInt8(ascii: "\"") ? 2 : 1
        }
        return range.lowerBound..<target
    }
}
