import Diagnostics

/// A value as the user gave it, with its place in the configuration and in the file.
struct Given {
    /// Where a value was given: `config.yaml:12`, or `--set training.epochs=3`.
    struct Origin {
        var subject: String
        /// An override may name one element of a list; a file lists them all.
        var isOverride = false
        /// It was written by a run: a key that has since come not to apply was of no use then, and is passed over.
        var isStored = false
    }

    enum Content {
        /// Text and whether it was plain; a quoted `"3"` is text and no number.
        case scalar(String, plain: Bool)
        case list([Given])
        case mapping([Entry])
    }

    struct Entry {
        var name: String
        var value: Given
    }

    /// The dotted key, `model.layers.0.size`; empty for the whole document.
    var path: String
    var origin: Origin
    var content: Content

    /// The value of a key of this mapping.
    subscript(name: String) -> Given? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.name.isBytewise(name) }?.value
    }

    /// The value at a dotted path below this mapping; nil where it was not given.
    func at(_ path: String) -> Given? {
        path.split(separator: ".").reduce(self) { $0?[String($1)] }
    }

    /// The dotted key of a member.
    static func path(_ parent: String, _ name: String) -> String {
        parent.isEmpty ? name.shown : "\(parent).\(name.shown)"
    }
}

// MARK: - Errors

extension Given {
    /// This value does not belong in its place.
    func wrong(expected: String, hint: String? = nil) -> Diagnostic {
        Diagnostic(
            origin.subject, "\(path.isEmpty ? "the document" : path) is \(kind)", expected: expected, hint: hint,
            category: .usage)
    }

    /// Two settings do not go together; the error points at the first of `paths` that was given.
    func conflict(at paths: String..., found: String, expected: String? = nil, hint: String? = nil) -> Diagnostic {
        let given = paths.lazy.compactMap { at($0) }.first ?? self
        return Diagnostic(given.origin.subject, found, expected: expected, hint: hint, category: .usage)
    }

    /// What kind of value this is, as an error message says it.
    private var kind: String {
        switch content {
        case .scalar("", plain: true): "empty"
        case .scalar(let text, _): "'\(text.shown)'"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    /// Whether this is YAML's null: nothing at all, `~` or `null`, not quoted.
    var isNull: Bool {
        guard case .scalar(let text, plain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
