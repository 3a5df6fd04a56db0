import Configuration
import Diagnostics
import HDF5

/// Finds the source of examples that a path stands for.
struct DataFormat {
    let configuration: DataConfiguration

    /// The format of a path: as configured, or told by the path.
    ///
    /// - Throws: `Diagnostic` when it cannot be told.
    func format(of path: String) throws -> DataConfiguration.Format {
        if configuration.format != .automatic { return configuration.format }
        let isNumeric = configuration.tokens == .values
        if FolderListing.isFolder(path) == true {
            let listing = try FolderListing(path: path)
            if !listing.files.isEmpty, !listing.folders.isEmpty {
                throw Diagnostic(
                    path, "folder holds both files and folders",
                    expected: "one file per class, or one folder per class",
                    hint: "set data.format to class_files or class_folders")
            }
            if let table = listing.files.first(where: Self.isSplit) {
                throw Diagnostic(
                    path, "is a folder of tables, like '\(table)'",
                    expected: isNumeric ? "a file" : "a file, or a folder of texts with one file per class",
                    hint: "name one of its files"
                        + (isNumeric ? "" : ", or set data.format to class_files if each is a class"))
            }
            return listing.folders.isEmpty ? .classFiles : .classFolders
        }
        let delimited = Self.delimited(path)
        if isNumeric { return delimited != nil && !configuration.columns.values.isEmpty ? .long : .ucr }
        if let delimited { return delimited }
        // A file that is not there is the first thing to be told.
        _ = try ByteStream(path: path)
        throw Diagnostic(
            path, "cannot tell the format from the name", expected: "a folder, or a name that ends in .csv or .tsv",
            hint: "set data.format")
    }

    /// Whether a table holds a part of the data, by its name: a class may be called `tables.csv`, but hardly `train.csv`.
    private static func isSplit(_ name: String) -> Bool {
        delimited(name) != nil && ["train", "test", "valid", "dev"].contains { name.lowercased().hasPrefix($0) }
    }

    /// The format of a table, told by the name of its file; nil for other files.
    private static func delimited(_ path: String) -> DataConfiguration.Format? {
        let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
        return name.hasSuffix(".csv") ? .csv : name.hasSuffix(".tsv") ? .tsv : nil
    }

    /// Texts of a path; nil when the path holds numeric sequences.
    ///
    /// - Throws: `Diagnostic` when the format does not go with `data.tokens`.
    func texts(of path: String, labelled: Bool) throws -> (any TextSource)? {
        if path.hasPrefix("builtin:") {
            try require(configuration.tokens != .values, path, "texts")
            if path == TemporalOrder.path {
                let generated = configuration.generated
                return TemporalOrder(
                    seed: generated.seed, length: generated.length, examples: 0..<UInt64(generated.examples))
            }
            return try LabelledSections(builtin: path)
        }
        if ForeignFile.isNamed(path) {
            try require(configuration.tokens == .values, path, "numeric sequences (HDF5)")
            return nil
        }
        let format = try format(of: path)
        switch format {
        case .ucr, .long, .series:
            try require(configuration.tokens == .values, path, "numeric sequences (\(format.rawValue))")
            return nil
        case .classFiles:
            try require(configuration.tokens != .values, path, "texts (\(format.rawValue))")
            return ClassFiles(name: path)
        case .classFolders:
            try require(configuration.tokens != .values, path, "texts (\(format.rawValue))")
            return ClassFolders(name: path)
        case .csv, .tsv, .automatic:
            try require(configuration.tokens != .values, path, "texts (\(format.rawValue))")
            return DelimitedTexts(
                name: path, separator: UInt8(ascii: format == .tsv ? "\t" : ","),
                label: labelled ? configuration.columns.label : nil, text: configuration.columns.text,
                header: configuration.header)
        }
    }

    /// Numeric sequences of a path whose `texts` are nil.
    func sequences(of path: String, labelled: Bool) throws -> any NumericSource {
        if ForeignFile.isNamed(path) {
            return try DatasetSequences(name: path, labelled: labelled, configuration.datasets)
        }
        if try format(of: path) == .ucr { return LineSequences(name: path, labelled: labelled) }
        let columns = configuration.columns
        guard !columns.values.isEmpty else {
            throw Diagnostic(
                "data.columns.values", "no column is listed", expected: "the columns with a time step's features",
                category: .usage)
        }
        let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
        return LongSequences(
            name: path, separator: UInt8(ascii: name.hasSuffix(".tsv") ? "\t" : ","), sequence: columns.sequence,
            label: labelled ? columns.label : nil, values: columns.values, header: configuration.header)
    }

    private func require(_ holds: Bool, _ path: String, _ content: String) throws {
        guard holds else {
            throw Diagnostic(
                "data.tokens", "\(path) holds \(content), but data.tokens is \(configuration.tokens.rawValue)",
                expected: configuration.tokens == .values ? "words or characters" : "values",
                hint: "set data.tokens or data.format", category: .usage)
        }
    }
}
