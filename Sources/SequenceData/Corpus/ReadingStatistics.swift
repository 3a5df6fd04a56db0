/// What was met while examples were read: for the log.
public struct ReadingStatistics: Equatable, Sendable {
    /// Examples met, those skipped included.
    public internal(set) var rows = 0
    /// Lines without text, which are no examples.
    public internal(set) var blankLines = 0
    /// Texts without a token: skipped, or taken as the unknown token, as `data.empty_text` says.
    public internal(set) var emptyTexts = 0
    /// Sequences that lost what comes after `data.max_length`.
    public internal(set) var cutSequences = 0
    /// The label of the first row of a table with numbered columns, where no other row has it: a title, perhaps.
    public internal(set) var loneFirstLabel: String?

    public init() {}
}
