import Configuration
import Diagnostics
import HDF5

/// Texts and what each belongs to: a label, or a row of numbers.
package struct CaptionText: Sendable {
    package private(set) var texts = TextLines()
    /// What texts belong to; a label is 1 in its column of its row.
    package private(set) var features = FeatureRows(labels: 0)
    /// The row of each text.
    package private(set) var rows: [Int32] = []
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
            if text.trimmed.isEmpty {
                throw Diagnostic(place.description, "text is empty", expected: "a text for each label")
            }
            classes.append(try collector.number(of: label, at: place))
            lines.append(text)
        }
        guard !classes.isEmpty else { throw Diagnostic(path, "no text was found", expected: "at least one") }
        // A validation set need not have more than one class.
        let set = try known ?? collector.finish(&classes, subject: path)
        texts = lines
        labels = set
        features = FeatureRows(labels: set.count)
        rows = classes
    }

    /// Reads texts and the row of numbers that each belongs to.
    ///
    /// - Parameters:
    ///   - path: A text file, plain or gzip, one text a line; or an HDF5 file.
    ///   - featurePath: A table, or an HDF5 file.
    ///   - width: Expected; nil: that of the first row.
    /// - Throws: `Diagnostic` for an empty text and a number of rows that does not fit, and as `FeatureRows`.
    package init(_ path: String, features featurePath: String, _ data: DataConfiguration, width expected: Int?) throws {
        let name = data.datasets.texts, areInDataset = ForeignFile.isNamed(path)
        if areInDataset {
            for (number, text) in try FeatureRows.texts(path, name).enumerated() {
                guard !text.span.trimmed.isEmpty else {
                    throw Diagnostic(path, "dataset '\(name)' has an empty text at [\(number)]", expected: "texts")
                }
                texts.append(text.span)
            }
        } else {
            var file = try TextFile(path: path)
            while let line = try file.nextTextLine() {
                let text = file.bytes.span.extracting(line)
                if text.trimmed.isEmpty {
                    throw Diagnostic(
                        "\(path):\(file.lineNumber)", "text is empty",
                        expected: "the text of row \(texts.count + 1) of \(featurePath)")
                }
                texts.append(text)
            }
        }
        guard texts.count > 0 else { throw Diagnostic(path, "no text was found", expected: "at least one") }
        features = try FeatureRows(featurePath, data, width: expected)
        let unit = areInDataset ? "text in dataset '\(name)' of \(path)" : "line of \(path)"
        if let numbers = data.datasets.rows, ForeignFile.isNamed(featurePath) {
            rows = try FeatureRows.numbers(featurePath, numbers, below: features.count, of: data.datasets.features)
            try requireOneEach(rows.count, ("number in dataset '\(numbers)'", "numbers in dataset '\(numbers)'"), featurePath, unit)
        } else {
            rows = (0..<texts.count).map { Int32(truncatingIfNeeded: $0) }
            try requireOneEach(features.count, ("row of numbers", "rows of numbers"), featurePath, unit)
        }
    }

    private func requireOneEach(_ count: Int, _ what: (one: String, many: String), _ path: String, _ unit: String) throws {
        guard count == texts.count else {
            throw Diagnostic(path, "has \(count.counted(what.one, plural: what.many))", expected: "\(texts.count), one for each \(unit)")
        }
    }

    private init() {}

    /// What is held out together: texts of one row are, texts of one label are not.
    package func unit(of text: Int) -> Int { labels == nil ? Int(rows[text]) : text }

    /// The texts for which `isIncluded` holds, and the others.
    package func divided(by isIncluded: (_ text: Int) -> Bool) -> (included: CaptionText, others: CaptionText?) {
        let included = (0..<count).map(isIncluded)
        func selecting(_ value: Bool) -> CaptionText {
            var selected = CaptionText()
            selected.texts = texts.selecting { included[$0] == value }
            selected.features = features
            selected.rows = rows.indices.filter { included[$0] == value }.map { rows[$0] }
            selected.labels = labels
            return selected
        }
        return included.contains(false) ? (selecting(true), selecting(false)) : (self, nil)
    }
}
