import Configuration
import Diagnostics

/// Columns of a delimited file, found by number or by name in its header.
package struct ColumnSelection: Sendable {
    /// Field index of each wanted column, from 0, in the order they were asked for.
    package let indices: [Int]
    private let titles: [String]

    /// - Parameters:
    ///   - columns: What is wanted, with a name for each in messages (`label`, `text`).
    ///   - reader: At the begin of the file; its first record is read when that is the header.
    ///   - header: Whether the file begins with column names; nil: it does when a column is given by name.
    /// - Throws: `Diagnostic` when a column is missing; it lists the columns there are.
    package init(
        _ columns: [(role: String, column: DataConfiguration.Column)], header: Bool?, in reader: inout DelimitedReader
    ) throws {
        let isNamed = columns.contains { if case .name = $0.column { true } else { false } }
        if isNamed, header == false {
            throw Diagnostic(
                "data.columns", "columns are given by name, but data.header is false", expected: "column numbers",
                category: .usage)
        }
        var names: [String] = []
        if header ?? isNamed, try reader.next() {
            for field in reader.fields {
                let name = reader.file.bytes.span.extracting(field)
                names.append(name.extracting(name.trimmed).text)
            }
        }
        var indices: [Int] = []
        var titles: [String] = []
        for (role, column) in columns {
            switch column {
            case .number(let number):
                guard number >= 1 else {
                    throw Diagnostic(
                        "data.columns.\(role)", "column number is \(number)", expected: "1 or more", category: .usage)
                }
                if !names.isEmpty, number > names.count {
                    throw Diagnostic(
                        reader.file.name, "there is no column \(number) (data.columns.\(role))",
                        expected: "at most \(names.count): \(names.joined(separator: ", "))")
                }
                indices.append(number - 1)
                titles.append("\(role) in column \(number)")
            case .name(let name):
                let found = names.indices.filter { names[$0].utf8.elementsEqual(name.utf8) }
                guard let index = found.first else {
                    throw Diagnostic(
                        reader.file.name, "there is no column '\(name)' (data.columns.\(role))",
                        expected: "one of: \(names.joined(separator: ", "))")
                }
                guard found.count == 1 else {
                    throw Diagnostic(
                        reader.file.name, "\(found.count) columns are named '\(name)' (data.columns.\(role))",
                        expected: "one", hint: "give the column by its number")
                }
                indices.append(index)
                titles.append("\(role) in column \(index + 1)")
            }
        }
        self.indices = indices
        self.titles = titles
    }

    /// Checks that the reader's record has every wanted column.
    ///
    /// - Throws: `Diagnostic` with the line where the record starts.
    package func check(_ reader: borrowing DelimitedReader) throws {
        guard let last = indices.max(), last >= reader.fields.count else { return }
        let count = reader.fields.count
        throw Diagnostic(
            "\(reader.file.name):\(reader.line)", "row has \(count.counted("field"))",
            expected: "at least \(last + 1) (\(titles.joined(separator: ", ")))",
            hint: "set data.columns, or data.format if fields are separated by something else")
    }
}
