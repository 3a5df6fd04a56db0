import Configuration
import Diagnostics

/// Texts in columns of a CSV or TSV file; several columns are joined with a space.
struct DelimitedTexts: TextSource {
    let name: String
    let separator: UInt8
    /// Nil: the texts have no labels.
    let label: DataConfiguration.Column?
    let text: [DataConfiguration.Column]
    let header: Bool?

    /// Whether nobody has said if the first row holds titles.
    var mayHaveTitles: Bool {
        header == nil && ([label].compactMap { $0 } + text).allSatisfy { if case .number = $0 { true } else { false } }
    }

    func forEach(_ body: (_ label: Span<UInt8>, _ text: Span<UInt8>, _ place: SourcePlace) throws -> Void) throws -> Int
    {
        guard !text.isEmpty else {
            throw Diagnostic("data.columns.text", "no column is listed", expected: "at least one", category: .usage)
        }
        var reader = try DelimitedReader(path: name, separator: separator)
        let wanted = (label.map { [(role: "label", column: $0)] } ?? []) + text.map { (role: "text", column: $0) }
        let columns = try ColumnSelection(wanted, header: header, in: &reader)
        let textColumns = label == nil ? columns.indices[...] : columns.indices.dropFirst()
        var joined: [UInt8] = []
        while try reader.next() {
            try columns.check(reader)
            let place = SourcePlace(file: name, line: reader.line)
            let bytes = reader.file.bytes.span
            var labelRange = 0..<0
            if label != nil {
                let field = reader.fields[columns.indices[0]]
                let trimmed = bytes.extracting(field).trimmed
                labelRange = field.lowerBound + trimmed.lowerBound..<field.lowerBound + trimmed.upperBound
                guard !labelRange.isEmpty else { throw Diagnostic(place.description, "label is empty") }
            }
            if textColumns.count == 1, let column = textColumns.first {
                try body(bytes.extracting(labelRange), bytes.extracting(reader.fields[column]), place)
            } else {
                joined.removeAll(keepingCapacity: true)
                for (index, column) in textColumns.enumerated() {
                    if index > 0 { joined.append(UInt8(ascii: " ")) }
                    for position in reader.fields[column] { joined.append(bytes[position]) }
                }
                try body(bytes.extracting(labelRange), joined.span, place)
            }
        }
        return reader.blankLines
    }
}
