import Configuration
import Diagnostics

/// Reads series from a CSV or TSV file, one time step a row, in the order of the file.
///
/// Dates are labels and nothing else: whether rows are evenly spaced is not looked at.
public struct SeriesReader: Sendable {
    private let configuration: DataConfiguration

    public init(_ configuration: DataConfiguration) { self.configuration = configuration }

    /// - Parameter names: The series a model was trained on, which are found by their titles; nil: whatever
    ///   `data.columns.values` names, or every column but a first one of dates.
    /// - Throws: `Diagnostic` with file and line for what is not a finite number, for a missing column, for a file
    ///   without rows, and for a blank line before a row.
    public func read(_ path: String, names: [String]? = nil) throws -> SeriesTable {
        let columns = try SeriesColumns(configuration, path: path)
        var reader = try DelimitedReader(path: path, separator: Self.separator(path))
        let chosen = try names.map { try columns.columns(of: $0, path: path) } ?? columns.values
        let wanted = chosen.map { (role: "values", column: $0) }
        let selection = try ColumnSelection(
            wanted + (columns.date.map { [(role: "date", column: .number($0))] } ?? []), header: columns.hasHeader, in: &reader)
        let indices = selection.indices.prefix(wanted.count)
        var values: [Double] = [], dates: [String] = [], lines: [Int] = []
        let blankLines = reader.blankLines
        while try reader.next() {
            // A time step that is not there would make neighbours of those about it.
            guard reader.blankLines == blankLines else {
                throw Diagnostic(
                    "\(path):\(reader.line - reader.blankLines + blankLines)", "the line is blank",
                    expected: "a row of values, as behind it", hint: "fill in the missing time step, or delete the line")
            }
            try selection.check(reader)
            let place = SourcePlace(file: path, line: reader.line)
            for index in indices {
                let field = reader.file.bytes.span.extracting(reader.fields[index])
                values.append(
                    try Number.parse(
                        field.extracting(field.trimmed), at: place, column: index + 1, title: columns.title(index + 1),
                        hint: "fill in missing values; a column of names or dates is left out by data.columns.values"))
            }
            if columns.date != nil, let index = selection.indices.last {
                dates.append(reader.file.bytes.span.extracting(reader.fields[index]).text)
            }
            lines.append(reader.line)
        }
        guard !lines.isEmpty else { throw Diagnostic(path, "no row of values was found", expected: "a row for each time step") }
        return SeriesTable(source: path, names: names ?? columns.names, values: values, dates: dates, lines: lines)
    }

    static func separator(_ path: String) -> UInt8 {
        let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
        return UInt8(ascii: name.hasSuffix(".tsv") ? "\t" : ",")
    }
}
