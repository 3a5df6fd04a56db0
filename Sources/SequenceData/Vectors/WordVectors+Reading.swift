import Diagnostics

extension WordVectors {
    /// Larger vectors than anybody trains: a header that asks for more is damaged.
    private static let largestWidth = 65_536
    private static let longestWord = 65_536

    /// Reads the vectors of the words in a vocabulary from a file, plain or gzip.
    ///
    /// Three formats are told apart by content: word2vec text (a line `count width`, then a word and its numbers per
    /// line), GloVe text (the same without that line), word2vec binary (the line, then word, space, `width`
    /// little-endian float32). Words are compared to the byte; of a word that appears twice, the first counts.
    ///
    /// - Throws: `Diagnostic` when the file is truncated, lines differ in width, a number that is needed is not finite,
    ///   or the file has other sizes than its first line says.
    public static func read(_ path: String, for vocabulary: Vocabulary) throws -> WordVectors {
        var file = try TextFile(path: path)
        guard let first = try file.nextLine() else { throw Diagnostic(file.name, "file is empty") }
        guard let header = try WordVectorHeader(file.bytes.span.extracting(first), name: file.name) else {
            return try readText(&file, header: nil, first: first, for: vocabulary)
        }
        guard (1...largestWidth).contains(header.width), header.count >= 1 else {
            throw Diagnostic(
                "\(file.name):1", "the first line promises \(header.count) vectors of width \(header.width)",
                expected: "at least one, of width 1 to \(largestWidth)")
        }
        return try looksBinary(&file)
            ? readBinary(&file, header: header, for: vocabulary)
            : readText(&file, header: header, first: nil, for: vocabulary)
    }

    /// Whether what follows the first word is not a number in letters: the four bytes of a float practically never are.
    private static func looksBinary(_ file: inout TextFile) throws -> Bool {
        while file.unread.count < 4096, try file.readMore() {}
        let bytes = file.bytes.span.extracting(file.unread)
        var position = 0
        while position < bytes.count, bytes[position].isASCIIBlank { position += 1 }
        while position < bytes.count, !bytes[position].isASCIIBlank { position += 1 }
        while position < bytes.count, bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\t") {
            position += 1
        }
        let start = position
        while position < bytes.count, !bytes[position].isASCIIBlank {
            switch bytes[position] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                position += 1
            default: return true
            }
        }
        return position - start > 64
    }

    private static func readText(
        _ file: inout TextFile, header: WordVectorHeader?, first: Range<Int>?, for vocabulary: Vocabulary
    ) throws -> WordVectors {
        var lines = WordVectorLines(header: header, vocabulary: vocabulary)
        var next = first
        if next == nil { next = try file.nextLine() }
        while let range = next {
            let place = SourcePlace(file: file.name, line: file.lineNumber)
            try lines.add(file.bytes.span.extracting(range), at: place)
            next = try file.nextLine()
        }
        return try lines.finish(name: file.name)
    }

    private static func readBinary(_ file: inout TextFile, header: WordVectorHeader, for vocabulary: Vocabulary) throws
        -> WordVectors
    {
        // The shortest entry is a word of no byte, a space and the numbers.
        let (least, overflow) = header.count.multipliedReportingOverflow(by: header.width * 4 + 1)
        if overflow || (file.knownSize.map { $0 < least } ?? false) {
            let size = file.knownSize.map { "; it has \($0) bytes" } ?? ""
            throw Diagnostic(
                file.name,
                "the first line promises \(header.count) vectors of width \(header.width), more than the file can "
                    + "hold\(size)",
                hint: "the file may be truncated")
        }
        // Made when the first vector has been read: what a header promises alone is not worth memory.
        var vectors: WordVectors?
        var values: [Float] = []
        var word: [UInt8] = []
        for index in 0..<header.count {
            word.removeAll(keepingCapacity: true)
            while true {
                guard let position = try file.take(1)?.first else {
                    throw header.mismatch(file.name, "ends after \(index)")
                }
                let byte = file.bytes[position]
                if byte == UInt8(ascii: " ") { break }
                // Some writers end each vector with a line feed.
                if byte != UInt8(ascii: "\n") || !word.isEmpty { word.append(byte) }
                guard word.count <= longestWord else {
                    throw Diagnostic(
                        file.name, "word \(index + 1) is longer than \(longestWord) bytes",
                        hint: "the file may be damaged")
                }
            }
            guard let range = try file.take(header.width * 4) else {
                throw header.mismatch(file.name, "ends after \(index)")
            }
            if vectors == nil { vectors = WordVectors(width: header.width, entries: vocabulary.count) }
            guard let entry = vocabulary.find(word.span), vectors?.isFound[entry] == false else { continue }
            values.removeAll(keepingCapacity: true)
            for start in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
                var bits: UInt32 = 0
                for offset in 0..<4 { bits |= UInt32(file.bytes[start + offset]) << UInt32(8 * offset) }
                let value = Float(bitPattern: bits)
                guard value.isFinite else {
                    throw Diagnostic(
                        file.name, "the vector of '\(word.span.text)' (number \(index + 1)) holds \(value)",
                        expected: "finite numbers")
                }
                values.append(value)
            }
            vectors?.set(values, for: entry)
        }
        while let position = try file.take(1)?.first {
            if !file.bytes[position].isASCIIBlank { throw header.mismatch(file.name, "goes on after \(header.count)") }
        }
        guard let vectors else { throw header.mismatch(file.name, "ends after 0") }
        return vectors
    }
}
