import Diagnostics

/// Gathers vectors from lines of text: a word, then its numbers, blanks between.
struct WordVectorLines {
    private let header: WordVectorHeader?
    private let vocabulary: Vocabulary
    /// Nil until a line has shown its width: what a header promises alone is not worth memory.
    private var vectors: WordVectors?
    private var count = 0
    private var fields: [Range<Int>] = []
    private var values: [Float] = []

    init(header: WordVectorHeader?, vocabulary: Vocabulary) {
        self.header = header
        self.vocabulary = vocabulary
    }

    /// Takes one line; a blank one is passed over.
    ///
    /// - Throws: `Diagnostic` when the line has fewer numbers than the first one, or a needed one is not finite.
    mutating func add(_ line: borrowing Span<UInt8>, at place: SourcePlace) throws {
        split(line)
        guard let start = fields.first?.lowerBound else { return }
        let width = vectors?.width ?? header?.width ?? fields.count - 1
        // A word may hold spaces (GloVe 840B), but hardly the first one of a file.
        guard width >= 1, fields.count > width, vectors != nil || fields.count == width + 1 else {
            throw Diagnostic(
                place.description, "line holds \((fields.count - 1).counted("number")) after the word",
                expected: "\(max(width, 1))", hint: "the file may be damaged or truncated")
        }
        if vectors == nil { vectors = WordVectors(width: width, entries: vocabulary.count) }
        count += 1
        if let header, count > header.count { throw header.mismatch(place.file, "goes on after \(header.count)") }
        let word = line.extracting(start..<fields[fields.count - width - 1].upperBound)
        guard let entry = vocabulary.find(word), vectors?.isFound[entry] == false else { return }
        values.removeAll(keepingCapacity: true)
        for index in fields.count - width..<fields.count {
            values.append(try Number.parse(line.extracting(fields[index]), at: place, column: index + 1))
        }
        vectors?.set(values, for: entry)
    }

    /// - Throws: `Diagnostic` when there were fewer lines than the header says.
    func finish(name: String) throws -> WordVectors {
        if let header, count < header.count { throw header.mismatch(name, "ends after \(count)") }
        guard let vectors else { throw Diagnostic(name, "no vector was found") }
        return vectors
    }

    private mutating func split(_ line: borrowing Span<UInt8>) {
        fields.removeAll(keepingCapacity: true)
        var position = 0
        while position < line.count {
            while position < line.count, line[position].isASCIIBlank { position += 1 }
            let start = position
            while position < line.count, !line[position].isASCIIBlank { position += 1 }
            if position > start { fields.append(start..<position) }
        }
    }
}
