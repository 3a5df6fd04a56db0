import Diagnostics

/// One sequence of numbers per line, its label first, as in the UCR archive; blanks, tabs or commas between.
struct LineSequences: NumericSource {
    let name: String
    /// False: lines hold values only.
    let labelled: Bool
    var width: Int { 1 }

    func forEach(
        _ body: (_ name: Span<UInt8>, _ label: Span<UInt8>, _ values: [Float], _ place: SourcePlace) throws -> Void
    ) throws -> Int {
        var file = try TextFile(path: name)
        var blankLines = 0
        var values: [Float] = []
        let noName: [UInt8] = []
        while let line = try file.nextTextLine() {
            let place = SourcePlace(file: file.name, line: file.lineNumber)
            let bytes = file.bytes.span.extracting(line)
            if bytes.trimmed.isEmpty {
                blankLines += 1
                continue
            }
            let label = try Self.parse(bytes, labelled: labelled, at: place, values: &values)
            try body(noName.span, label.span, values, place)
        }
        return blankLines
    }

    /// Reads one line.
    ///
    /// - Returns: The label.
    /// - Throws: `Diagnostic` that names line and column of what is not a number.
    static func parse(
        _ line: borrowing Span<UInt8>, labelled: Bool, at place: SourcePlace, values: inout [Float]
    ) throws -> [UInt8] {
        values.removeAll(keepingCapacity: true)
        var label: [UInt8] = []
        var column = 0
        var position = 0
        var isEndOfLine = false
        skipBlanks(line, &position)
        while !isEndOfLine {
            let start = position
            while position < line.count, line[position] != UInt8(ascii: ","), !line[position].isASCIIBlank {
                position += 1
            }
            let field = line.extracting(start..<position)
            column += 1
            if labelled, column == 1 {
                guard !field.isEmpty else { throw Diagnostic(place.description, "label is empty") }
                label = Number.normalizedLabel(field)
            } else {
                values.append(
                    try Number.parse(
                        field, at: place, column: column,
                        hint: "missing values must be filled in, or cut off where they end a line: lengths may differ"))
            }
            skipBlanks(line, &position)
            if position == line.count {
                isEndOfLine = true
            } else if line[position] == UInt8(ascii: ",") {
                position += 1
                skipBlanks(line, &position)
            }
        }
        guard !values.isEmpty else {
            throw Diagnostic(
                place.description, "line holds a label and no values", expected: "the label, then at least one value")
        }
        return label
    }

    private static func skipBlanks(_ line: borrowing Span<UInt8>, _ position: inout Int) {
        while position < line.count, line[position].isASCIIBlank { position += 1 }
    }
}
