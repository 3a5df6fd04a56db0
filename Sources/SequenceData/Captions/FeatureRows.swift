import Configuration
import Diagnostics
import HDF5

/// Rows of numbers that texts belong to, all of one width.
package struct FeatureRows: Sendable {
    package private(set) var width: Int
    /// `[row, width]`; empty: row `i` is 1 in column `i`, else 0.
    private var values: [Float] = []

    package var count: Int { values.isEmpty ? width : values.count / width }

    package subscript(row row: Int) -> [Float] {
        values.isEmpty ? (0..<width).map { $0 == row ? 1 : 0 } : Array(values[row * width..<(row + 1) * width])
    }

    /// A row for each label: 1 in its column.
    package init(labels: Int) { width = labels }

    /// Reads rows of numbers.
    ///
    /// - Parameters:
    ///   - path: A table that ends in `.csv` or `.tsv`, or an HDF5 file.
    ///   - expected: The width; nil: that of the first row.
    /// - Throws: `Diagnostic` for a row of another width and for what is no finite number, with line or position.
    package init(_ path: String, _ data: DataConfiguration, width expected: Int?) throws {
        width = 0
        try ForeignFile.isNamed(path)
            ? readDataset(path, data.datasets.features, expected) : readTable(path, data.header, expected)
        guard !values.isEmpty else { throw Diagnostic(path, "no row of numbers was found", expected: "at least one") }
    }

    private mutating func readTable(_ path: String, _ header: Bool?, _ expected: Int?) throws {
        let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
        var reader = try DelimitedReader(path: path, separator: UInt8(ascii: name.hasSuffix(".tsv") ? "\t" : ","))
        if header == true { _ = try reader.next() }
        while try reader.next() {
            if values.isEmpty { width = expected ?? reader.fields.count }
            guard reader.fields.count == width else {
                throw Diagnostic(
                    "\(path):\(reader.line)", "row has \(reader.fields.count.counted("value"))",
                    expected: "\(width) as in \(expected == nil ? "the first row" : "training")")
            }
            for (column, field) in reader.fields.enumerated() {
                values.append(
                    try Number.parse(
                        reader.file.bytes.span.extracting(field), at: SourcePlace(file: path, line: reader.line),
                        column: column + 1,
                        hint: header == nil && values.count < width
                            ? "set data.header: true if the first row holds names" : nil))
            }
        }
    }

    private mutating func readDataset(_ path: String, _ name: String, _ expected: Int?) throws {
        let dataset = try Self.dataset(path, name, .floats, shape: "[rows, numbers]", rank: 2)
        width = dataset.shape[1]
        guard case .floats(let floats) = dataset.values, width == expected ?? width else {
            throw Diagnostic(
                path, "dataset '\(name)' has rows of \(width.counted("number"))", expected: "\(expected ?? width) as in training")
        }
        if let index = floats.firstIndex(where: { !$0.isFinite }) {
            throw Diagnostic(
                path, "dataset '\(name)' holds \(floats[index]) at [\(index / width), \(index % width)]",
                expected: "finite numbers that fit 32 bits")
        }
        values = floats
    }

    /// Reads texts out of an HDF5 file.
    static func texts(_ path: String, _ name: String) throws -> [[UInt8]] {
        guard case .texts(let texts) = try dataset(path, name, .texts, shape: "[texts]", rank: 1).values else {
            return []
        }
        return texts
    }

    /// Reads numbers of rows out of an HDF5 file.
    ///
    /// - Parameters:
    ///   - count: Of the rows.
    ///   - features: The dataset that holds them.
    static func numbers(_ path: String, _ name: String, below count: Int, of features: String) throws -> [Int32] {
        guard case .integers(let numbers) = try dataset(path, name, .integers, shape: "[texts]", rank: 1).values else {
            return []
        }
        if let index = numbers.firstIndex(where: { $0 < 0 || $0 >= count }) {
            throw Diagnostic(
                path, "dataset '\(name)' holds \(numbers[index]) at [\(index)]",
                expected: "0 to \(count - 1), the rows of dataset '\(features)'")
        }
        return numbers.map { Int32(truncatingIfNeeded: $0) }
    }

    private static func dataset(
        _ path: String, _ name: String, _ kind: ForeignDataset.Kind, shape: String, rank: Int
    ) throws -> ForeignDataset {
        let dataset = try ForeignFile.read(path, [(name, kind)])[0]
        guard dataset.shape.count == rank else {
            throw Diagnostic(path, "dataset '\(name)' has shape \(dataset.shape)", expected: shape)
        }
        return dataset
    }
}
