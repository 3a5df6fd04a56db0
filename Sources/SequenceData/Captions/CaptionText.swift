import Configuration
import Diagnostics

/// Texts and what each belongs to: a label, or a row of numbers.
package struct CaptionText: Sendable {
    package private(set) var texts = TextLines()
    /// What each text belongs to, `[text, width]`; of a label 1 in its column.
    package private(set) var features: [Float] = []
    package private(set) var width = 0
    /// The labels; nil: texts belong to numbers.
    package private(set) var labels: LabelSet?

    package var count: Int { texts.count }

    /// Reads texts with labels: a folder with a file or a folder for each class, a table, `builtin:surnames`.
    ///
    /// - Parameter labels: Those of the training data; nil: found, or listed in the configuration.
    /// - Throws: `Diagnostic` for whatever is wrong with the files, with the line.
    package init(labelled path: String, _ data: DataConfiguration, labels known: LabelSet?) throws {
        let given = try known ?? (data.labels.isEmpty ? nil : try LabelSet(names: data.labels))
        guard let source = try DataFormat(configuration: data).texts(of: path, labelled: true) else {
            throw Diagnostic(path, "holds no texts", expected: "texts with labels")
        }
        var collector = LabelCollector(given: given)
        var classes: [Int32] = []
        var lines = TextLines()
        _ = try source.forEach { label, text, place in
            if text.trimmed.isEmpty { throw Diagnostic(place.description, "text is empty", expected: "a text for each label") }
            classes.append(try collector.number(of: label, at: place))
            lines.append(text)
        }
        guard !classes.isEmpty else { throw Diagnostic(path, "no text was found", expected: "at least one") }
        // A validation set need not have more than one class.
        let set = try known ?? collector.finish(&classes, subject: path)
        texts = lines
        labels = set
        width = set.count
        features = classes.flatMap { CaptionText.oneHot(Int($0), of: set.count) }
    }

    /// Reads texts, one a line, and the row of numbers that each belongs to.
    ///
    /// - Parameters:
    ///   - path: A text file, plain or gzip.
    ///   - featurePath: A table that ends in `.csv` or `.tsv`: as many rows, all of the same width.
    ///   - width: Expected; nil: that of the first row.
    /// - Throws: `Diagnostic` with file and line for an empty text, a row of another width, a value that is no number.
    package init(_ path: String, features featurePath: String, header: Bool?, width expected: Int?) throws {
        var file = try TextFile(path: path)
        while let line = try file.nextTextLine() {
            let text = file.bytes.span.extracting(line)
            if text.trimmed.isEmpty {
                throw Diagnostic(
                    "\(path):\(file.lineNumber)", "text is empty", expected: "the text of row \(texts.count + 1) of \(featurePath)")
            }
            texts.append(text)
        }
        (features, width) = try Self.table(featurePath, header: header, width: expected)
        let rows = features.count / max(1, width)
        guard rows == texts.count else {
            throw Diagnostic(featurePath, "has \(rows) rows of numbers", expected: "\(texts.count), one for each line of \(path)")
        }
    }

    private init() {}

    /// Rows of numbers.
    ///
    /// - Parameter width: Expected; nil: that of the first row.
    package static func table(_ path: String, header: Bool?, width expected: Int?) throws -> (values: [Float], width: Int) {
        let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
        var reader = try DelimitedReader(path: path, separator: UInt8(ascii: name.hasSuffix(".tsv") ? "\t" : ","))
        if header == true { _ = try reader.next() }
        var values: [Float] = [], width = expected
        while try reader.next() {
            let wanted = width ?? reader.fields.count
            guard reader.fields.count == wanted else {
                throw Diagnostic(
                    "\(path):\(reader.line)", "row has \(reader.fields.count) values",
                    expected: "\(wanted) as in \(expected == nil ? "the first row" : "training")")
            }
            width = wanted
            for (column, field) in reader.fields.enumerated() {
                values.append(
                    try Number.parse(
                        reader.file.bytes.span.extracting(field), at: SourcePlace(file: path, line: reader.line), column: column + 1,
                        hint: header == nil && values.count < wanted ? "set data.header: true if the first row holds names" : nil))
            }
        }
        guard let width, !values.isEmpty else { throw Diagnostic(path, "no row of numbers was found", expected: "at least one") }
        return (values, width)
    }

    /// The texts for which `isIncluded` holds, and the others.
    package func divided(by isIncluded: (_ text: Int) -> Bool) -> (included: CaptionText, others: CaptionText?) {
        let included = (0..<count).map(isIncluded)
        func selecting(_ value: Bool) -> CaptionText {
            var selected = CaptionText()
            selected.texts = texts.selecting { included[$0] == value }
            selected.width = width
            selected.labels = labels
            for text in 0..<count where included[text] == value { selected.features += features[text * width..<(text + 1) * width] }
            return selected
        }
        return included.contains(false) ? (selecting(true), selecting(false)) : (self, nil)
    }

    /// 1 in column `index`, else 0.
    package static func oneHot(_ index: Int, of count: Int) -> [Float] { (0..<count).map { $0 == index ? 1 : 0 } }
}
