import Configuration
import Diagnostics

/// Which columns of a file are series, as configured or told by its first rows.
struct SeriesColumns {
    let values: [DataConfiguration.Column]
    /// Number of a first column that holds dates, from 1.
    let date: Int?
    let hasHeader: Bool
    /// The header's names; empty without one.
    let titles: [String]

    /// - Throws: `Diagnostic` where the first row may be a header or lack values, and for a file of dates alone.
    init(_ configuration: DataConfiguration, path: String) throws {
        var reader = try DelimitedReader(path: path, separator: SeriesReader.separator(path))
        var rows: [[String]] = []
        while rows.count < 2, try reader.next() {
            rows.append(
                reader.fields.map { field in
                    let text = reader.file.bytes.span.extracting(field)
                    return text.extracting(text.trimmed).text
                })
        }
        let first = rows.first ?? []
        let isNamed = configuration.columns.values.contains { if case .name = $0 { true } else { false } }
        if let header = configuration.header {
            hasHeader = header
        } else {
            hasHeader = isNamed || !first.contains(where: Self.isNumber)
            // A first value that is missing would pass for a title, and its row would be lost.
            if hasHeader, !isNamed, let missing = first.first(where: Self.looksMissing) {
                throw Diagnostic(
                    "\(path):1", "the first row holds '\(missing)' and no number", expected: "titles or values",
                    hint: "set data.header to say which it is")
            }
        }
        titles = hasHeader ? first : []
        let sample = hasHeader ? rows.dropFirst().first ?? [] : first
        // A value that is missing is none: its row is refused when the values are read.
        let datesFirst = sample.first.map { !Self.isNumber($0) && !Self.looksMissing($0) } ?? false
        date = datesFirst ? 1 : nil
        if configuration.columns.values.isEmpty {
            values = sample.indices.dropFirst(datesFirst ? 1 : 0).map { .number($0 + 1) }
            guard !values.isEmpty else {
                throw Diagnostic(
                    path, "its only column holds '\(sample.first ?? "")'", expected: "a column of numbers",
                    hint: (sample.first ?? "").contains(";")
                        ? "fields are separated by commas, in a name that ends in .tsv by tabs: convert the file" : nil)
            }
        } else {
            values = configuration.columns.values
        }
    }

    /// The series that `values` are: what the columns are titled.
    var names: [String] {
        values.map { column in
            switch column {
            case .number(let number): title(number) ?? "\(Self.untitled)\(number)"
            case .name(let name): name
            }
        }
    }

    /// What stands above a column; nil: nothing.
    func title(_ number: Int) -> String? {
        titles.indices.contains(number - 1) && !titles[number - 1].isEmpty ? titles[number - 1] : nil
    }

    private static let untitled = "column "

    /// The columns of series that a model was trained on: by title, wherever they stand, or by place where the model or
    /// the file has no titles, or the model's are not told apart by them.
    ///
    /// - Throws: `Diagnostic` naming the series that are missing.
    func columns(of series: [String], path: String) throws -> [DataConfiguration.Column] {
        let areTitles = !series.contains {
            $0.hasPrefix(Self.untitled) && Int($0.dropFirst(Self.untitled.count)) != nil
        }
        guard hasHeader, areTitles, Set(series.map { Array($0.utf8) }).count == series.count else {
            guard values.count == series.count else {
                throw Diagnostic(
                    path, "it has \(values.count) series (\(names.joined(separator: ", ")))",
                    expected: "\(series.count) as in training (\(series.joined(separator: ", ")))")
            }
            return values
        }
        let missing = series.filter { name in !titles.contains { $0.utf8.elementsEqual(name.utf8) } }
        guard missing.isEmpty else {
            throw Diagnostic(
                path, "there is no column \(missing.map { "'\($0)'" }.joined(separator: ", "))",
                expected: "the series of training (\(series.joined(separator: ", ")))",
                hint: "its columns are \(titles.joined(separator: ", "))")
        }
        return series.map { .name($0) }
    }

    private static func isNumber(_ text: String) -> Bool { Number.finite(Array(text.utf8).span) as Double? != nil }

    private static func looksMissing(_ text: String) -> Bool {
        ["", "na", "n/a", "nan", "null", "none", "?", "-"].contains { Array(text.lowercased().utf8) == Array($0.utf8) }
    }
}
