import Diagnostics

/// Sentences in columns, as in the CoNLL tasks: a token a line, columns between blanks, a blank line between
/// sentences. Lines that begin with `-DOCSTART-` separate documents and are skipped.
struct ColumnSentences: TaggedSource {
    let name: String
    /// From 1.
    let tokenColumn: Int
    /// From 1; nil: the last of the file.
    let tagColumn: Int?
    /// False: only tokens are read.
    let tagged: Bool

    func forEach(_ body: (TaggedSentence) throws -> Void) throws {
        var file = try TextFile(path: name)
        var sentence = TaggedSentence()
        sentence.isColumn = true
        sentence.file = file.name
        /// Columns of the first line, which all lines have.
        var width: (columns: Int, line: Int)?
        var fields: [Range<Int>] = []
        while let line = try file.nextTextLine() {
            let bytes = file.bytes.span.extracting(line)
            bytes.findFields(&fields)
            if fields.isEmpty || isDocumentStart(bytes.extracting(fields[0])) {
                if sentence.tokens.count > 0 { try body(sentence) }
                sentence.removeAll()
                continue
            }
            let place = SourcePlace(file: file.name, line: file.lineNumber).description
            let columns = width ?? (fields.count, file.lineNumber)
            width = columns
            let lastNeeded = max(tokenColumn, tagged ? tagColumn ?? tokenColumn + 1 : 0)
            guard fields.count >= lastNeeded else {
                throw Diagnostic(
                    place, "line has \(fields.count.counted("column"))",
                    expected: "at least \(lastNeeded) (token in column \(tokenColumn)"
                        + (tagged ? ", tag in \(tagColumn.map { "column \($0)" } ?? "the last"))" : ")"),
                    hint: "set tagging.token_column and tagging.tag_column")
            }
            guard fields.count == columns.columns else {
                throw Diagnostic(
                    place, "line has \(fields.count.counted("column"))", expected: "\(columns.columns) as in line \(columns.line)",
                    hint: "a token holds no blank")
            }
            if sentence.tokens.count == 0 { sentence.line = file.lineNumber }
            sentence.tokens.append(token: bytes.extracting(fields[tokenColumn - 1]))
            if tagged { sentence.tags.append(token: bytes.extracting(fields[(tagColumn ?? fields.count) - 1])) }
        }
        if sentence.tokens.count > 0 { try body(sentence) }
    }

    private func isDocumentStart(_ field: borrowing Span<UInt8>) -> Bool {
        let mark = Array("-DOCSTART-".utf8)
        return field.count >= mark.count && field.extracting(0..<mark.count).equals(mark.span)
    }
}
