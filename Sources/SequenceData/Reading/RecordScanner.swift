/// Finds the end and the fields of one record in a window of bytes.
struct RecordScanner {
    let separator: UInt8
    /// The fields found, without quotes around them.
    var fields: [Range<Int>] = []
    /// Indices of the fields that hold doubled quotes.
    private(set) var doubled: [Int] = []

    init(separator: UInt8) { self.separator = separator }

    /// Forgets the fields.
    mutating func reset() {
        fields.removeAll(keepingCapacity: true)
        doubled.removeAll(keepingCapacity: true)
    }

    enum End {
        /// Bytes of the record with its quotes but without its end; where the next record begins.
        case record(Range<Int>, next: Int)
        /// The window ends before the record does.
        case needsMore
        case unclosedQuote
        case textAfterQuote
    }

    /// Scans one record, and appends its fields.
    ///
    /// - Parameters:
    ///   - file: Scanned from the begin of its unread data.
    ///   - isAtEnd: Whether the file ends with the window.
    /// - Returns: How the scan ended, and the number of line feeds passed before; where it ended at a quote,
    ///   before that quote opened or closed.
    mutating func scan(_ file: borrowing TextFile, isAtEnd: Bool) -> (end: End, lineFeeds: Int) {
        let window = file.bytes.span
        let range = file.unread
        let quote = UInt8(ascii: "\"")
        let lineFeed = UInt8(ascii: "\n")
        let end = range.upperBound
        var position = range.lowerBound
        var lineFeeds = 0
        while true {
            if position < end, window[position] == quote {
                let opened = lineFeeds
                let start = position + 1
                var isDoubled = false
                position = start
                while true {
                    while position < end, window[position] != quote {
                        if window[position] == lineFeed { lineFeeds += 1 }
                        position += 1
                    }
                    if position == end { return (isAtEnd ? .unclosedQuote : .needsMore, opened) }
                    // Whether this quote closes the field shows in the next byte.
                    if position + 1 < end, window[position + 1] == quote {
                        isDoubled = true
                        position += 2
                    } else {
                        break
                    }
                }
                if isDoubled { doubled.append(fields.count) }
                fields.append(start..<position)
                position += 1
            } else {
                let start = position
                while position < end, window[position] != separator, window[position] != lineFeed { position += 1 }
                let isAtLineEnd = position == end || window[position] == lineFeed
                fields.append(withoutCarriageReturn(window, start..<position, isAtLineEnd: isAtLineEnd))
            }
            // A carriage return behind a closing quote belongs to the end of the line.
            var after = position
            if after < end, window[after] == UInt8(ascii: "\r") { after += 1 }
            if after == end {
                if !isAtEnd { return (.needsMore, lineFeeds) }
                return (.record(range.lowerBound..<position, next: end), lineFeeds)
            }
            if window[after] == lineFeed {
                let record = withoutCarriageReturn(window, range.lowerBound..<position, isAtLineEnd: true)
                return (.record(record, next: after + 1), lineFeeds + 1)
            }
            guard after == position, window[position] == separator else { return (.textAfterQuote, lineFeeds) }
            position += 1
        }
    }

    private func withoutCarriageReturn(_ window: Span<UInt8>, _ range: Range<Int>, isAtLineEnd: Bool) -> Range<Int> {
        guard isAtLineEnd, let last = range.last, window[last] == UInt8(ascii: "\r") else { return range }
        return range.dropLast()
    }
}
