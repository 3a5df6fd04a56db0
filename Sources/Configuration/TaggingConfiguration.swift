/// What `task: tag` needs beyond data, model and training.
public struct TaggingConfiguration: Equatable, Sendable {
    /// How tags mark spans; nil: they do not, and only accuracy is measured.
    public var scheme: Scheme?
    /// Column files: the column of the token, from 1.
    public var tokenColumn = 1
    /// Column files: the column of the tag, from 1; nil: the last.
    public var tagColumn: Int?
    /// Digits are all read as 0, so that numbers of equal length are one word.
    public var mergeDigits = false
    /// Words on either side whose vectors are read along with a word's own.
    public var context = 0
    /// A recurrent network over the characters of each word; nil: none.
    public var characters: Characters?
    public var output = Output.softmax
    /// Probability of dropping a feature of a word on the way into the network.
    public var inputDropout = 0.0
    /// Share of the words that training reads as unknown.
    public var wordDropout = 0.0
    /// Fill-in-the-blank: this share of the words is hidden, and predicted from those on both sides; nil: tags.
    public var hiddenWords: Double?

    public init() {}

    public enum Scheme: String, CaseIterable, Sendable { case iob1, iob2, bioes }

    public enum Output: String, CaseIterable, Sendable {
        /// A softmax for each token by itself.
        case softmax
        /// A linear-chain conditional random field over the tags of a sentence.
        case crf
    }

    public struct Characters: Equatable, Sendable {
        /// Numbers that stand for a character.
        public var embedding = 16
        public var cell = ModelConfiguration.CellKind.lstm
        /// Units of each direction.
        public var size = 24
        public var bidirectional = true
        public init() {}
    }
}

extension TaggingConfiguration: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key(
                "scheme", \.scheme, .optional(.choice),
                "how tags mark spans: iob1, iob2, bioes; null: no spans, no f1"),
            Key("token_column", \.tokenColumn, .whole(Limits.count), "of a column file, from 1"),
            Key("tag_column", \.tagColumn, .optional(.whole(Limits.count)), "of a column file, from 1; null: the last"),
            Key("merge_digits", \.mergeDigits, .flag, "every digit is read as 0"),
            Key("context", \.context, .whole(0...20), "words on either side read along with each word"),
            Key(
                "characters", \.characters, .optional(.section),
                "a recurrent network over each word's characters; null: none"),
            Key("output", \.output, .choice, "softmax (each token by itself) or crf (the tags of a sentence together)"),
            Key("input_dropout", \.inputDropout, .number(in: 0..<1), "share of a word's features dropped"),
            Key("word_dropout", \.wordDropout, .number(in: 0..<1), "share of the words that training reads as unknown"),
            Key(
                "hidden_words", \.hiddenWords, .optional(.number(in: 0.001...0.9)),
                "fill-in-the-blank on plain text: share of the words to hide and predict; null: tags"),
        ]
    }

    func check(_ given: Given) throws {
        if tagColumn == tokenColumn {
            throw given.conflict(
                at: "tag_column", "token_column",
                found: "tagging.tag_column and tagging.token_column name the same column",
                expected: "two columns")
        }
        if hiddenWords != nil, output == .crf || scheme != nil {
            throw given.conflict(
                at: "hidden_words", "output", "scheme", found: "tagging.hidden_words does not go with tags",
                expected: "output: softmax and no scheme")
        }
    }
}

extension TaggingConfiguration.Characters: ConfigurationSection {
    static var keys: [Key<Self>] {
        [
            Key("embedding", \.embedding, .whole(Limits.size), "numbers that stand for a character"),
            Key("cell", \.cell, .choice, "elman, gru or lstm"),
            Key("size", \.size, .whole(Limits.size), "units of each direction"),
            Key("bidirectional", \.bidirectional, .flag, "read from both ends"),
        ]
    }
}

extension RunConfiguration {
    /// What a tagging cannot do with settings that are made for other tasks.
    func checkTagging(_ given: Given) throws {
        guard data.tokens == .words else {
            throw given.conflict(
                at: "data.tokens", "task", found: "data.tokens: \(data.tokens.rawValue) does not go with task: tag",
                expected: "data.tokens: words")
        }
        guard case .embedding = model.input else {
            throw given.conflict(
                at: "model.input", "task", found: "model.input \(model.input.yaml.shown) does not go with task: tag",
                expected: "model.input: {embedding: SIZE}")
        }
        let watched = [
            training.earlyStopping?.metric, training.schedule.name == .plateau ? training.schedule.metric : nil,
        ]
        if tagging.scheme == nil, watched.contains(.f1) {
            throw given.conflict(
                at: "training.early_stopping.metric", "training.schedule.metric", "task",
                found: "metric: f1 needs spans, but tagging.scheme is null", expected: "a scheme, or metric: accuracy")
        }
    }
}
