import ArgumentParser

/// The ranges that values of options lie in: every command limits the same thing alike, and says so in the same words.
enum OptionRange {
    /// Hypotheses of a search, and alternatives: each is a row of a network's states and of its output.
    static let hypotheses = 1...1000
    /// Tokens of a text that is written.
    static let length = 1...1_000_000
    /// Entries of a vocabulary to choose among.
    static let choices = 1...1_000_000
    static let texts = 1...1_000_000
    /// Of data made up for a measurement.
    static let madeUp = 1...10_000_000
    static let threads = 1...1024
    static let temperature = 0.0...1000
    static let lengthPenalty = 0.0...100

    /// - Parameter value: nil: the option was not given.
    /// - Throws: `ValidationError` (exit status 64) naming option, value and range.
    static func check<Value: Comparable>(_ option: String, _ value: Value?, _ range: ClosedRange<Value>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError(
            "\(option) is \(value), expected from \(shown(range.lowerBound)) to \(shown(range.upperBound))")
    }

    /// Reads an option's value; where it is none, the parser says what was expected.
    ///
    /// - Parameter read: nil: the text is no value.
    static func reading<Value>(
        _ expected: String, _ read: @escaping @Sendable (String) -> Value?
    ) -> @Sendable (String) throws -> Value {
        { text in
            guard let value = read(text) else { throw ValidationError("expected \(expected)") }
            return value
        }
    }

    /// - Throws: `ValidationError` where the name of a file does not say what is written to it.
    static func checkName(_ option: String, _ file: String?, endsIn ending: String, hint: String = "") throws {
        guard let file, !file.hasSuffix(ending) else { return }
        throw ValidationError("\(option) is \(file), expected a name that ends in \(ending)\(hint)")
    }

    /// A bound, a whole one without decimals.
    private static func shown(_ bound: some Comparable) -> String {
        let text = "\(bound)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
