/// A configuration as keys and texts, for printing and comparing.
indirect enum Tree {
    /// A value on one line, as YAML.
    case value(String)
    /// No value; the example shows the keys it could have.
    case absent(example: Tree?)
    case list([Tree])
    case mapping([Branch])

    struct Branch {
        let name: String
        let summary: String
        let tree: Tree
        /// Whether the key may be given, other keys being as they are.
        let applies: Bool
        let isRequired: Bool
        let mayChange: Bool
        /// The tasks the key is for; nil: all.
        let tasks: [String]?
    }

    /// The same tree for one task: keys of other tasks do not apply.
    func forTask(_ task: String) -> Tree {
        switch self {
        case .value: self
        case .absent(let example): .absent(example: example?.forTask(task))
        case .list(let elements): .list(elements.map { $0.forTask(task) })
        case .mapping(let branches):
            .mapping(
                branches.map { branch in
                    Branch(
                        name: branch.name, summary: branch.summary, tree: branch.tree.forTask(task),
                        applies: branch.applies && branch.tasks?.contains(task) != false, isRequired: branch.isRequired,
                        mayChange: branch.mayChange, tasks: branch.tasks)
                })
        }
    }

    /// A key with its text and whether it, or a section around it, may change when a run is resumed.
    typealias Leaf = (key: String, value: String, mayChange: Bool)

    /// Every key that applies, in declared order; a list without mappings is one value.
    func leaves(_ path: String = "", mayChange: Bool = false) -> [Leaf] {
        switch self {
        case .value(let text): [(path, text, mayChange)]
        case .absent: [(path, "null", mayChange)]
        case .list(let elements):
            if let text = flow {
                [(path, text, mayChange)]
            } else {
                elements.enumerated().flatMap { $1.leaves("\(path).\($0)", mayChange: mayChange) }
            }
        case .mapping(let branches):
            branches.filter(\.applies).flatMap { branch in
                branch.tree.leaves(
                    path.isEmpty ? branch.name : "\(path).\(branch.name)", mayChange: mayChange || branch.mayChange)
            }
        }
    }

    /// A list of plain values as one line, `[2, 3]`.
    var flow: String? {
        guard case .list(let elements) = self else { return nil }
        let texts = elements.compactMap { if case .value(let text) = $0 { text } else { nil } }
        return texts.count == elements.count ? "[\(texts.joined(separator: ", "))]" : nil
    }

    /// Every branch with its dotted key, those that do not apply or are absent included.
    func branches(_ path: String = "") -> [(path: String, branch: Branch)] {
        switch self {
        case .value: []
        case .absent(let example): example?.branches(path) ?? []
        case .list(let elements): elements.enumerated().flatMap { $1.branches("\(path).\($0)") }
        case .mapping(let branches):
            branches.flatMap { branch in
                let path = path.isEmpty ? branch.name : "\(path).\(branch.name)"
                return [(path, branch)] + branch.tree.branches(path)
            }
        }
    }
}
