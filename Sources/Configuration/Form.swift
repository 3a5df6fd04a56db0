import Diagnostics

/// How a value of the configuration looks in YAML: what is expected, how it is read and printed.
struct Form<Value> {
    /// For messages: `a whole number from 1 to 64`.
    let expected: String
    /// The value given. What a mapping leaves unsaid keeps its `current` value.
    let read: (_ given: Given, _ current: Value?) throws -> Value
    let tree: (Value) -> Tree
    /// What could stand where a value is absent, to document the keys below.
    var example: (() -> Tree)?

    /// A value that is one piece of text, printed with quotes where YAML needs them.
    static func scalar(
        _ expected: String, parse: @escaping (String, _ plain: Bool) -> Value?, text: @escaping (Value) -> String
    ) -> Self {
        Form(
            expected: expected,
            read: { given, _ in
                guard case .scalar(let text, let plain) = given.content, !given.isNull, let value = parse(text, plain)
                else { throw given.wrong(expected: expected) }
                return value
            },
            tree: { .value(text($0)) })
    }
}

// MARK: - Composed forms

extension Form {
    /// `null` for nil.
    static func optional<Wrapped>(_ form: Form<Wrapped>) -> Form where Value == Wrapped? {
        Form(
            expected: form.expected,
            read: { given, current in given.isNull ? nil : try form.read(given, current ?? nil) },
            tree: { $0.map(form.tree) ?? .absent(example: form.example?()) })
    }

    /// A list. An override may read single elements: a mapping from index to element.
    static func list<Element>(of form: Form<Element>, count: ClosedRange<Int>) -> Form where Value == [Element] {
        let expected = count.lowerBound == 0 ? "a list" : "a list of at least \(count.lowerBound)"
        return Form(
            expected: expected,
            read: { given, current in
                switch given.content {
                case .list(let elements):
                    guard count.contains(elements.count) else {
                        throw Diagnostic(
                            given.origin.subject, "\(given.path) has \(elements.count) elements",
                            expected: "\(count.lowerBound) to \(count.upperBound)", category: .usage)
                    }
                    return try elements.map { try form.read($0, nil) }
                case .mapping(let entries)
                where given.origin.isOverride && entries.first.map { Int($0.name) != nil } == true:
                    var elements = current ?? []
                    for entry in entries {
                        guard let index = Int(entry.name), elements.indices.contains(index) else {
                            throw Given.noElement(
                                entry.name, of: given.path, count: elements.count, origin: entry.value.origin)
                        }
                        elements[index] = try form.read(entry.value, elements[index])
                    }
                    return elements
                default:
                    throw given.wrong(expected: expected)
                }
            },
            tree: { .list($0.map(form.tree)) })
    }
}

extension Form where Value: ConfigurationSection {
    /// A mapping with keys of its own.
    static var section: Form {
        Form(
            expected: "a mapping", read: { given, current in try (current ?? Value()).reading(given) },
            tree: { $0.tree }, example: { Value().tree })
    }

    /// A mapping, or one value as a shorthand for the mapping of that key alone: `64` for `{size: 64}`.
    static func section<Member>(orOnly path: WritableKeyPath<Value, Member>, _ form: Form<Member>) -> Form {
        Form(
            expected: "a mapping or \(form.expected)",
            read: { given, current in
                guard case .scalar = given.content else { return try section.read(given, current) }
                var value = Value()
                value[keyPath: path] = try form.read(given, nil)
                return value
            },
            tree: { $0.tree }, example: { Value().tree })
    }
}
