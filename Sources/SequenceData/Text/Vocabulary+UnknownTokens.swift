import Diagnostics

extension Vocabulary {
    /// Refuses a text given by hand that has tokens which no training text had.
    ///
    /// - Parameters:
    ///   - tokens: Those that are unknown.
    ///   - kind: What tokens are: `words`.
    ///   - subject: What the text is.
    static func requireNone(_ tokens: [String], _ kind: String, _ subject: String) throws {
        guard !tokens.isEmpty else { return }
        var names: [String] = []
        for token in tokens where !names.contains(token) { names.append(token) }
        throw Diagnostic(
            subject, "the model does not know the \(kind) \(names.map { "'\($0)'" }.joined(separator: ", "))",
            expected: "\(kind) of its training text", category: .usage)
    }
}
