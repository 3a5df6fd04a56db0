import Diagnostics

/// Sentences in two files, line by line: tokens in one (`train.seq.in`), their tags in the other (`train.seq.out`).
struct PairedSentences: TaggedSource {
    let name: String
    /// Nil: only tokens are read.
    let tagFile: String?

    /// The file of tags that belongs to a file of tokens: the same name with `.out` for `.in`, `.gz` behind both or
    /// none; nil when the name does not end so.
    static func tagFile(of name: String) -> String? {
        for (tokens, tags) in [(".in", ".out"), (".in.gz", ".out.gz")]
        where name.utf8.reversed().starts(with: tokens.utf8.reversed()) {
            return name.dropLast(tokens.utf8.count) + tags
        }
        return nil
    }

    func forEach(_ body: (TaggedSentence) throws -> Void) throws {
        var file = try TextFile(path: name)
        var sentence = TaggedSentence()
        guard let tagFile else {
            sentence.file = file.name
            while try next(in: &file, into: &sentence.tokens) {
                if sentence.tokens.count > 0 { try body(sentence) }
            }
            return
        }
        var tags = try TextFile(path: tagFile)
        sentence.file = tags.name
        while true {
            let hasTokens = try next(in: &file, into: &sentence.tokens)
            let hasTags = try next(in: &tags, into: &sentence.tags)
            if !hasTokens && !hasTags { return }
            sentence.line = tags.lineNumber
            // Blank lines at the end of one file alone are no harm.
            if hasTokens && !hasTags && sentence.tokens.count > 0 {
                throw missing(
                    SourcePlace(file: file.name, line: file.lineNumber), in: tags.name, lines: tags.lineNumber)
            }
            if hasTags && !hasTokens && sentence.tags.count > 0 {
                throw missing(
                    SourcePlace(file: tags.name, line: tags.lineNumber), in: file.name, lines: file.lineNumber)
            }
            guard sentence.tokens.count == sentence.tags.count else {
                throw Diagnostic(
                    SourcePlace(file: tags.name, line: tags.lineNumber).description,
                    "line has \(sentence.tags.count) tag\(sentence.tags.count == 1 ? "" : "s")",
                    expected: "\(sentence.tokens.count), one for each token of \(file.name):\(file.lineNumber)")
            }
            if sentence.tokens.count > 0 { try body(sentence) }
        }
    }

    private func missing(_ place: SourcePlace, in other: String, lines: Int) -> Diagnostic {
        Diagnostic(
            place.description, "there is no such line in \(other), which has \(lines)",
            expected: "as many lines of tags as of tokens")
    }

    /// Reads a line; false at the end of the file, with no tokens.
    private func next(in file: inout TextFile, into tokens: inout TokenBuffer) throws -> Bool {
        tokens.removeAll()
        guard let line = try file.nextTextLine() else { return false }
        let bytes = file.bytes.span.extracting(line)
        var fields: [Range<Int>] = []
        bytes.findFields(&fields)
        for field in fields { tokens.append(token: bytes.extracting(field)) }
        return true
    }
}
