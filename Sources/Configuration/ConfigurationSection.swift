import Diagnostics

/// A mapping of the configuration: a struct whose `keys` declare each YAML key once.
///
/// The declaration serves reading, overriding, defaults (the struct's initial values), checks, printing,
/// documentation and comparison. A new key is a property of the struct and one line in `keys`.
protocol ConfigurationSection {
    init()

    /// In the order in which they are printed.
    static var keys: [Key<Self>] { get }

    /// Tests what keys demand of each other, beyond `Key`'s conditions.
    ///
    /// - Parameter given: The mapping as the user wrote it, to point at lines.
    func check(_ given: Given) throws
}

extension ConfigurationSection {
    func check(_ given: Given) throws {}

    /// This section with the values given; keys not named keep theirs.
    ///
    /// - Throws: `Diagnostic` for an unknown key, a wrong value, keys that do not go together.
    func reading(_ given: Given) throws -> Self {
        guard case .mapping(let entries) = given.content else {
            throw given.wrong(expected: "a mapping", hint: "its keys are \(Self.keys.map(\.name).listed("and"))")
        }
        let keys = Self.keys
        var section = self
        for entry in entries {
            guard let key = keys.first(where: { $0.name == entry.name }) else {
                throw unknownKey(entry, in: given, known: keys.map(\.name))
            }
            try key.read(entry.value, &section)
        }
        for key in keys {
            guard let condition = key.condition, !condition.holds(section) else { continue }
            if let value = given[key.name], !value.origin.isStored {
                throw Diagnostic(
                    value.origin.subject, "\(value.path) does not go with \(condition.found(section).shown)",
                    expected: condition.expected, hint: condition.hint, category: .usage)
            }
            key.reset(&section)
        }
        try section.check(given)
        return section
    }

    /// Every key with its value.
    var tree: Tree { keysAndValues }

    /// Every key with its value, whatever the task.
    var keysAndValues: Tree {
        .mapping(
            Self.keys.map { key in
                Tree.Branch(
                    name: key.name, summary: key.summary, tree: key.tree(self),
                    applies: key.condition?.holds(self) ?? true, isRequired: key.isRequired, mayChange: key.mayChange,
                    tasks: key.tasks)
            })
    }
}
