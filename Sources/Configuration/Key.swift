/// One key of a section: everything the program knows about it.
struct Key<Section: ConfigurationSection> {
    let name: String
    /// One line of documentation, printed as a comment beside the value.
    let summary: String
    /// When the key may be given; nil: always.
    let condition: Condition<Section>?
    /// Whether a configuration file must give it.
    let isRequired: Bool
    /// Whether a resumed run may have another value than the one it began with.
    let mayChange: Bool
    /// The tasks the key is for; nil: all.
    let tasks: [String]?

    let read: (Given, inout Section) throws -> Void
    let tree: (Section) -> Tree
    /// Back to the default, for a key that does not apply.
    let reset: (inout Section) -> Void

    init<Value>(
        _ name: String, _ path: WritableKeyPath<Section, Value>, _ form: Form<Value>, _ summary: String,
        only condition: Condition<Section>? = nil, tasks: [String]? = nil, isRequired: Bool = false,
        mayChange: Bool = false
    ) {
        self.name = name
        self.tasks = tasks
        let conditions = [tasks.map { "task: \($0.listed("or"))" }, condition?.expected].compactMap { $0 }
        self.summary = conditions.isEmpty ? summary : "\(summary) (\(conditions.joined(separator: ", ")))"
        self.condition = condition
        self.isRequired = isRequired
        self.mayChange = mayChange
        read = { given, section in section[keyPath: path] = try form.read(given, section[keyPath: path]) }
        tree = { form.tree($0[keyPath: path]) }
        reset = { $0[keyPath: path] = Section()[keyPath: path] }
    }
}

/// What other keys of its section must hold for a key to apply.
struct Condition<Section> {
    /// What belongs there, for messages and comments: `cell: elman`.
    let expected: String
    /// What is there instead: `cell: gru`.
    let found: (Section) -> String
    let holds: (Section) -> Bool
    /// What to do, where that does not show from what belongs there.
    var hint: String?

    /// The key `name` has one of a few values.
    static func when<Value: RawRepresentable<String> & Equatable>(
        _ name: String, _ path: KeyPath<Section, Value>, is values: Value...
    ) -> Self {
        Condition(
            expected: "\(name): \(values.map(\.rawValue).listed("or"))",
            found: { "\(name): \($0[keyPath: path].rawValue)" },
            holds: { values.contains($0[keyPath: path]) })
    }
}
