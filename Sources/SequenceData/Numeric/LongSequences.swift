import Configuration
import Diagnostics

/// Sequences in a CSV or TSV file with one time step per row: name of the sequence, its label, the step's features.
/// The rows of a sequence stand together.
struct LongSequences: NumericSource {
    let name: String
    let separator: UInt8
    let sequence: DataConfiguration.Column
    /// Nil: the sequences have no labels.
    let label: DataConfiguration.Column?
    let values: [DataConfiguration.Column]
    let header: Bool?
    var width: Int { values.count }

    func forEach(
        _ body: (_ name: Span<UInt8>, _ label: Span<UInt8>, _ values: [Float], _ place: SourcePlace) throws -> Void
    ) throws -> Int {
        var reader = try DelimitedReader(path: name, separator: separator)
        var wanted = [(role: "sequence", column: sequence)]
        if let label { wanted.append((role: "label", column: label)) }
        let columns = try ColumnSelection(
            wanted + values.map { (role: "values", column: $0) }, header: header, in: &reader)
        let valueColumns = columns.indices.dropFirst(wanted.count)

        var names = ByteStringTable()
        var lastLines: [Int] = []
        var current = -1
        var currentName: [UInt8] = [], currentLabel: [UInt8] = []
        var firstLine = 0
        var steps: [Float] = []
        while try reader.next() {
            try columns.check(reader)
            let place = SourcePlace(file: name, line: reader.line)
            let bytes = reader.file.bytes.span
            let sequenceName = bytes.extracting(reader.fields[columns.indices[0]])
            let number = names.intern(sequenceName)
            if number != current {
                guard number == lastLines.count else {
                    throw Diagnostic(
                        place.description,
                        "sequence '\(sequenceName.text)' goes on after it ended in line \(lastLines[number])",
                        expected: "all its rows together", hint: "sort the rows by sequence")
                }
                if current >= 0 {
                    try body(currentName.span, currentLabel.span, steps, SourcePlace(file: name, line: firstLine))
                }
                current = number
                currentName = Array(sequenceName.text.utf8)
                lastLines.append(reader.line)
                firstLine = reader.line
                steps.removeAll(keepingCapacity: true)
            }
            lastLines[number] = reader.line
            if label != nil {
                let field = bytes.extracting(reader.fields[columns.indices[1]])
                let text = field.extracting(field.trimmed)
                guard !text.isEmpty else { throw Diagnostic(place.description, "label is empty") }
                if firstLine == reader.line {
                    currentLabel = Array(text.text.utf8)
                } else if !text.equals(currentLabel.span) {
                    throw Diagnostic(
                        place.description, "label '\(text.text)' of sequence '\(sequenceName.text)'",
                        expected: "'\(currentLabel.span.text)' as in line \(firstLine)")
                }
            }
            for column in valueColumns {
                let field = bytes.extracting(reader.fields[column])
                steps.append(try Number.parse(field.extracting(field.trimmed), at: place, column: column + 1))
            }
        }
        if current >= 0 {
            try body(currentName.span, currentLabel.span, steps, SourcePlace(file: name, line: firstLine))
        }
        return reader.blankLines
    }
}
