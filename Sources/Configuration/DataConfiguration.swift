/// Where examples come from and how text becomes tokens.
public struct DataConfiguration: Equatable, Sendable {
    /// A file, a folder, or `builtin:surnames`.
    public var train = "builtin:surnames"
    public var validation: String?
    /// Share of the training examples held out, chosen by example number and seed, of a continuous text or a series its
    /// end; only without `validation`.
    public var validationFraction = 0.2
    public var format = Format.automatic
    public var columns = Columns()
    /// Whether a delimited file begins with column names; nil: it does when `columns` are names.
    public var header: Bool?
    /// Label names in order; empty: all names found in the training data, in byte order.
    public var labels: [String] = []
    public var tokens = TokenKind.characters
    public var standardize = Standardization()
    public var vocabulary = VocabularyConfiguration()
    /// Parts of words: merges of the byte-pair encoding, learned from the training data.
    public var merges = 8000
    /// Pairs of texts: both sides have one vocabulary and one set of merges.
    public var jointVocabulary = false
    /// Numbers that captions belong to: a table, or an HDF5 file; nil: captions belong to their labels, or `train` is
    /// an HDF5 file that holds both.
    public var features: String?
    /// Those of the validation data.
    public var validationFeatures: String?
    public var datasets = Datasets()
    /// Longer sequences lose what comes after this many tokens; nil: no limit.
    public var maxLength: Int?
    public var emptyText = EmptyText.unknown
    /// Language models: every line is a sequence of its own, not part of one continuous text.
    public var lines = false
    public var generated = Generated()
    /// Folder that keeps encoded data for the next start; nil: none is kept.
    public var cache: String?

    public init() {}

    public enum Format: String, CaseIterable, Sendable {
        /// Told by the path: a folder, `.csv`, `.tsv`; anything else numeric is `ucr`.
        case automatic, csv, tsv
        /// A folder with one file per class, one example per line.
        case classFiles = "class_files"
        /// A folder with one folder per class, one text file per example.
        case classFolders = "class_folders"
        /// One numeric sequence per line, label first (UCR archive).
        case ucr
        /// One time step per row: sequence name, label, values.
        case long
        /// Of a forecast: one time step per row, a column for each series.
        case series
    }

    /// A column by its number (from 1) or its name in the header.
    public enum Column: Equatable, Sendable { case number(Int), name(String) }

    public struct Columns: Equatable, Sendable {
        public var label = Column.number(1)
        /// Pairs of texts: what is translated, and its translation.
        public var source = Column.number(1)
        public var target = Column.number(2)
        /// Joined with a space.
        public var text = [Column.number(2)]
        /// `long` format: the name of the sequence a row belongs to.
        public var sequence = Column.number(1)
        /// `long` format: the features of a time step.
        public var values: [Column] = []
        public init() {}
    }

    public enum TokenKind: String, CaseIterable, Sendable { case words, characters, bytes, subwords, values }

    /// nil means the default: true for the words of a classification, else false (`foldAccents`: false for all).
    public struct Standardization: Equatable, Sendable {
        public var lowerCase: Bool?
        public var stripPunctuation: Bool?
        public var foldAccents: Bool?
        public init() {}
    }

    public struct VocabularyConfiguration: Equatable, Sendable {
        /// The entries, instead of those the training data has most of: one a line, or a JSON object with a list
        /// `vocabulary`; nil: they are counted.
        public var file: String?
        /// Entries at most, padding and unknown included; nil: no limit.
        public var size: Int?
        /// Only the first rows of the training data are counted; nil: all.
        public var fitRows: Int?
        public var minCount = 1
        public init() {}
    }

    /// Names of datasets in HDF5 files, with their groups: `test/images`.
    public struct Datasets: Equatable, Sendable {
        /// Of captions `[row, number]`; of sequences `[sequence, time step, number]`, or, with offsets,
        /// `[time step, number]`; without the last extent there is one number a time step.
        public var features = "features"
        /// Of each sequence a text or a number.
        public var labels = "labels"
        /// The time step each sequence begins at, and their number; nil: sequences of one length.
        public var offsets: String?
        /// One a caption, where `train` and `validation` are HDF5 files.
        public var texts = "texts"
        /// The row of features, from 0, of each caption; nil: a row a caption.
        public var rows: String?
        public init() {}
    }

    /// Problems that are made up: `builtin:adding`, `builtin:copy`, `builtin:temporal-order`.
    public struct Generated: Equatable, Sendable {
        /// Time steps of an example; of `builtin:copy` those to wait.
        public var length = 100
        public var examples = 10_000
        /// Of the examples alone, so that runs of several seeds have the same data.
        public var seed: UInt64 = 0
        public init() {}
    }

    /// What becomes of a text without a token.
    public enum EmptyText: String, CaseIterable, Sendable { case unknown, skip }
}
