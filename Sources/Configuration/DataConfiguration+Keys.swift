import Diagnostics

extension DataConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key(
                "train", \.train, .path(orOneOf: builtins.map(\.name)),
                "a file, a folder, or \(builtins.map(\.name).listed("or"))", isRequired: true,
                mayChange: true),
            Key(
                "validation", \.validation, .optional(.path(orOneOf: builtins.map(\.name))),
                "a file or folder like train",
                mayChange: true),
            Key(
                "validation_fraction", \.validationFraction, .number(in: 0..<1), "share of train held out",
                only: .withoutValidation),
            Key(
                "format", \.format, .choice, "automatic: told by the path; else \(Format.explicitNames)",
                tasks: ["classify", "caption", "forecast"]),
            Key("columns", \.columns, .section, "of a table, by number from 1 or by name", only: .table, tasks: tables),
            Key(
                "header", \.header, .optional(.flag),
                "first row holds names; null: if columns are names", only: .table, tasks: tables),
            Key(
                "labels", \.labels, .labels, "names of the classes in order; []: those found in train",
                tasks: ["classify", "caption"]),
            Key(
                "tokens", \.tokens, .choice,
                "words, characters, bytes (language models), subwords (decoders), or values (numbers)",
                tasks: texts + ["forecast"]),
            Key(
                "merges", \.merges, .whole(Limits.countOrZero), "of the byte-pair encoding learned from train",
                only: .when("tokens", \.tokens, is: .subwords), tasks: ["translate", "caption"]),
            Key(
                "joint_vocabulary", \.jointVocabulary, .flag, "one vocabulary, and one set of merges, for both sides",
                tasks: ["translate"]),
            Key(
                "features", \.features, .optional(.path),
                "numbers that captions are of: a table, one row a caption, or an HDF5 file", tasks: ["caption"],
                mayChange: true),
            Key(
                "validation_features", \.validationFeatures, .optional(.path), "those of validation",
                tasks: ["caption"],
                mayChange: true),
            Key(
                "datasets", \.datasets, .section, "names in HDF5 files (.h5, .hdf5)",
                tasks: ["classify", "caption", "forecast"]),
            Key(
                "standardize", \.standardize, .section, "what is done to text before it is split", only: .text,
                tasks: texts),
            Key("vocabulary", \.vocabulary, .section, "which tokens have an entry", only: .text, tasks: texts),
            Key(
                "max_length", \.maxLength, .optional(.whole(Limits.size)), "tokens kept of a sequence; null: all",
                tasks: texts + ["forecast"]),
            Key(
                "empty_text", \.emptyText, .choice,
                "a text without tokens: unknown (one unknown token) or skip", only: .text, tasks: ["classify"]),
            Key(
                "lines", \.lines, .flag, "each line is a sequence of its own; false: one continuous text",
                tasks: ["language_model"]),
            Key("generated", \.generated, .section, "examples that are made up", only: .madeUp),
            Key(
                "cache", \.cache, .optional(.path), "folder that keeps encoded data for the next start; null: none",
                tasks: ["classify", "language_model", "tag", "translate"], mayChange: true),
        ]
    }

    /// Data that is part of the program, and the tasks it is for.
    static var builtins: [(name: String, tasks: [String])] {
        [
            ("builtin:surnames", ["classify", "language_model", "caption"]), ("builtin:adding", ["forecast"]),
            ("builtin:copy", ["memory"]), ("builtin:temporal-order", ["classify", "caption"]),
        ]
    }

    /// Tasks that read texts, and those that read tables.
    private static var texts: [String] { ["classify", "language_model", "tag", "translate", "caption"] }
    private static var tables: [String] { ["classify", "translate", "caption", "forecast"] }

    func check(_ given: Given) throws {
        try checkFormat(given)
        try checkColumns(given)
        if labels.count == 1 {
            throw given.conflict(
                at: "labels", found: "data.labels has one class", expected: "at least two, or [] for all")
        }
    }

    private func checkFormat(_ given: Given) throws {
        let isNumeric = format == .ucr || format == .long || format == .series
        guard format != .automatic, isNumeric != (tokens == .values) else { return }
        throw given.conflict(
            at: "format", "tokens",
            found: "data.format: \(format.rawValue) does not go with data.tokens: \(tokens.rawValue)",
            expected: isNumeric ? "data.tokens: values" : "data.tokens: words or characters")
    }

    private func checkColumns(_ given: Given) throws {
        if !columns.values.isEmpty, format != .long, format != .series {
            throw given.conflict(
                at: "columns.values", "format",
                found: "data.columns.values does not go with data.format: \(format.rawValue)",
                expected: "format: long or series")
        }
        if format == .long, columns.sequence == columns.label {
            throw given.conflict(
                at: "columns.sequence", "columns.label", "format",
                found: "data.columns.sequence and data.columns.label name the same column", expected: "two columns")
        }
        if tokens != .values, columns.text.contains(columns.label) {
            throw given.conflict(
                at: "columns.text", "columns.label", found: "data.columns.text contains the column of the label",
                expected: "other columns")
        }
        if header == false, columns.all.contains(where: { if case .name = $0 { true } else { false } }) {
            throw given.conflict(
                at: "header", "columns", found: "data.header is false, but data.columns has a name",
                expected: "numbers, or a header")
        }
    }
}

extension DataConfiguration.Format {
    fileprivate static var explicitNames: String {
        allCases.filter { $0 != .automatic }.map(\.rawValue).listed("or")
    }
}

extension Condition<DataConfiguration> {
    fileprivate static var withoutValidation: Self {
        Condition(
            expected: "validation: null", found: { "validation: \($0.validation ?? "null")" },
            holds: { $0.validation == nil || $0.validationFraction == 0 },
            hint: "either validation names data, or a share of train is held out (validation_fraction above 0)")
    }

    fileprivate static var madeUp: Self {
        let names = DataConfiguration.builtins.map(\.name).filter { !$0.isBytewise("builtin:surnames") }
        return Condition(
            expected: "train: \(names.listed("or"))", found: { "train: \($0.train)" },
            holds: { names.contains(where: $0.train.isBytewise) })
    }

    /// Files with rows and columns.
    fileprivate static var table: Self { .when("format", \.format, is: .automatic, .csv, .tsv, .long, .series) }

    fileprivate static var text: Self { .when("tokens", \.tokens, is: .words, .characters, .subwords) }
}

extension DataConfiguration.Columns: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("label", \.label, .column, "the class", tasks: ["classify", "caption", "forecast"]),
            Key("source", \.source, .column, "what is translated", tasks: ["translate"]),
            Key("target", \.target, .column, "its translation", tasks: ["translate"]),
            Key(
                "text", \.text, .columns(count: 1...1000), "one or more, joined with a blank",
                tasks: ["classify", "caption"]),
            Key(
                "sequence", \.sequence, .column, "format long: the sequence a row belongs to",
                tasks: ["classify", "forecast"]),
            Key(
                "values", \.values, .columns(count: 0...10_000),
                "format long: the features of a time step; series: those to forecast, []: all",
                tasks: ["classify", "forecast"]),
        ]
    }

    fileprivate var all: [DataConfiguration.Column] { [label, source, target] + text + [sequence] + values }
}

extension DataConfiguration.Standardization: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key(
                "lower_case", \.lowerCase, .optional(.flag),
                "default: true for the words of a classification, else false"),
            Key(
                "strip_punctuation", \.stripPunctuation, .optional(.flag),
                "default: true for the words of a classification, else false"),
            Key("fold_accents", \.foldAccents, .optional(.flag), "accented letters become ASCII; default: false"),
        ]
    }
}

extension DataConfiguration.VocabularyConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key(
                "file", \.file, .optional(.path),
                "entries in order, one a line, instead of those counted; null: none",
                tasks: ["classify", "language_model", "tag"], mayChange: true),
            // Two entries are padding and unknown: with three there is one token to learn from.
            Key(
                "size", \.size, .optional(.whole(3...Limits.size.upperBound)),
                "entries at most, padding and unknown included; null: no limit"),
            Key("fit_rows", \.fitRows, .optional(.whole(Limits.count)), "only the first rows are counted; null: all"),
            Key("min_count", \.minCount, .whole(Limits.count), "rarer tokens are unknown"),
        ]
    }
}

extension DataConfiguration.Datasets: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key(
                "features", \.features, .path, "numbers: [rows, numbers], of sequences [sequences, time steps, numbers]"),
            Key("labels", \.labels, .path, "a text or a number for each sequence", tasks: ["classify", "forecast"]),
            Key(
                "offsets", \.offsets, .optional(.path),
                "integers: where each sequence begins in features, and the end; null: all are of one length",
                tasks: ["classify", "forecast"]),
            Key("texts", \.texts, .path, "the captions, where train is an HDF5 file", tasks: ["caption"]),
            Key(
                "rows", \.rows, .optional(.path),
                "integers: the row of features, from 0, of each caption; null: a row a caption", tasks: ["caption"]),
        ]
    }
}

extension DataConfiguration.Generated: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("length", \.length, .whole(10...100_000), "time steps of an example; copy: those to wait"),
            Key("examples", \.examples, .whole(Limits.count), "how many are made, those held out included"),
            Key("seed", \.seed, .whole(0...UInt64.max), "of the examples"),
        ]
    }
}

extension Form<[String]> {
    /// Names of classes, each once.
    fileprivate static var labels: Form {
        let list = Form.list(of: .text("a label"), count: 0...100_000)
        return Form(
            expected: list.expected,
            read: { given, current in
                let labels = try list.read(given, current)
                let sorted = labels.sorted { $0.precedesBytewise($1) }
                if let twice = zip(sorted, sorted.dropFirst()).first(where: { $0.isBytewise($1) }) {
                    throw Diagnostic(
                        given.origin.subject, "\(given.path) has '\(twice.0.shown)' twice", expected: "each label once",
                        category: .usage)
                }
                return labels
            },
            tree: list.tree)
    }
}
