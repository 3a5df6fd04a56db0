/// Something a user or a machine got wrong, in one sentence a user can act on.
///
/// The text reads `subject: found, expected …; hint`, for example
/// `model.h5: dataset 'output/weight' has shape [512, 4], expected [768, 4]; was it saved with another size?`
public struct Diagnostic: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the command line makes of it.
    public enum Category: Equatable, Sendable {
        /// The command line or the configuration is wrong (exit status 64).
        case usage
        /// The run failed: data, files, hosts (exit status 1).
        case run
    }

    /// Where: a file, `file:line`, a setting, a command.
    public var subject: String
    /// What was found, as a statement.
    public var found: String
    /// What belongs there.
    public var expected: String?
    /// What to do about it.
    public var hint: String?
    public var category: Category

    public init(
        _ subject: String, _ found: String, expected: String? = nil, hint: String? = nil, category: Category = .run
    ) {
        self.subject = subject
        self.found = found
        self.expected = expected
        self.hint = hint
        self.category = category
    }

    /// The sentence; control characters, of a file's name or of what stands in it, are escaped (`\u{1b}`).
    public var description: String {
        var text = "\(subject): \(found)"
        if let expected { text += ", expected \(expected)" }
        if let hint { text += "; \(hint)" }
        return text.withoutControls
    }
}
