import Configuration
import Diagnostics

/// Texts and their counterparts: line by line in two files, or two columns of a table.
package struct ParallelText: Sendable {
    package private(set) var source = TextLines()
    package private(set) var target = TextLines()
    /// Lines blank on both sides, which are no pair.
    package private(set) var blankLines = 0

    package var count: Int { source.count }

    init(source: TextLines, target: TextLines) {
        self.source = source
        self.target = target
    }

    /// Reads pairs.
    ///
    /// - Parameters:
    ///   - path: Two files, `train.{en,de}.gz` for `train.en.gz` and `train.de.gz`, plain or gzip; or a table that ends in
    ///     `.csv` or `.tsv`.
    ///   - columns: Of a table: source and target.
    ///   - header: Whether a table begins with names; nil: it does when columns are names.
    /// - Throws: `Diagnostic` with file and line for a side without text, files of different length, and whatever is
    ///   wrong with the files.
    package init(
        _ path: String, columns: (source: DataConfiguration.Column, target: DataConfiguration.Column), header: Bool?
    ) throws {
        if let files = Self.files(of: path) {
            try readFiles(files.source, files.target)
        } else if let separator = Self.separator(of: path) {
            try readTable(path, separator, columns, header)
        } else {
            throw Diagnostic(
                path, "is neither two files nor a table", expected: "a path like train.{en,de}, or one that ends in .tsv or .csv",
                category: .usage)
        }
        guard count > 0 else { throw Diagnostic(path, "no pair of texts was found", expected: "at least one") }
    }

    /// The two files that a path with braces names; nil: it has none.
    package static func files(of path: String) -> (source: String, target: String)? {
        guard let open = path.firstIndex(of: "{"), let close = path[open...].firstIndex(of: "}") else { return nil }
        let names = path[path.index(after: open)..<close].split(separator: ",", omittingEmptySubsequences: false)
        guard names.count == 2 else { return nil }
        let before = path[..<open], after = path[path.index(after: close)...]
        return ("\(before)\(names[0])\(after)", "\(before)\(names[1])\(after)")
    }

    private static func separator(of path: String) -> UInt8? {
        let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
        return name.hasSuffix(".tsv") ? UInt8(ascii: "\t") : name.hasSuffix(".csv") ? UInt8(ascii: ",") : nil
    }

    private mutating func readFiles(_ sourcePath: String, _ targetPath: String) throws {
        var sourceFile = try TextFile(path: sourcePath), targetFile = try TextFile(path: targetPath)
        while true {
            let left = try sourceFile.nextTextLine(), right = try targetFile.nextTextLine()
            guard let left, let right else {
                // The longer one is read to its end, so that the message names both lengths.
                while try sourceFile.nextLine() != nil {}
                while try targetFile.nextLine() != nil {}
                guard sourceFile.lineNumber == targetFile.lineNumber else {
                    throw Diagnostic(
                        targetFile.name, "has \(targetFile.lineNumber.counted("line"))",
                        expected: "\(sourceFile.lineNumber) as in \(sourceFile.name)",
                        hint: "each line is the counterpart of the same line of the other file")
                }
                return
            }
            try append(
                sourceFile.bytes.span.extracting(left), SourcePlace(file: sourceFile.name, line: sourceFile.lineNumber),
                targetFile.bytes.span.extracting(right), SourcePlace(file: targetFile.name, line: targetFile.lineNumber))
        }
    }

    private mutating func readTable(
        _ path: String, _ separator: UInt8, _ wanted: (source: DataConfiguration.Column, target: DataConfiguration.Column), _ header: Bool?
    ) throws {
        var reader = try DelimitedReader(path: path, separator: separator)
        let columns = try ColumnSelection(
            [(role: "source", column: wanted.source), (role: "target", column: wanted.target)], header: header, in: &reader)
        while try reader.next() {
            try columns.check(reader)
            let place = SourcePlace(file: path, line: reader.line), bytes = reader.file.bytes.span
            try append(
                bytes.extracting(reader.fields[columns.indices[0]]), place, bytes.extracting(reader.fields[columns.indices[1]]), place)
        }
        blankLines += reader.blankLines
    }

    private mutating func append(
        _ left: borrowing Span<UInt8>, _ leftPlace: SourcePlace, _ right: borrowing Span<UInt8>, _ rightPlace: SourcePlace
    ) throws {
        switch (left.trimmed.isEmpty, right.trimmed.isEmpty) {
        case (true, true): blankLines += 1
        case (true, false):
            throw Diagnostic(leftPlace.description, "source is empty", expected: "the counterpart of the target in \(rightPlace)")
        case (false, true):
            throw Diagnostic(rightPlace.description, "target is empty", expected: "the counterpart of the source in \(leftPlace)")
        case (false, false):
            source.append(left)
            target.append(right)
        }
    }
}
