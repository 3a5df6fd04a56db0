import Diagnostics

extension RunConfiguration {
    /// A key whose value differs between two configurations; `absent` where the key does not apply.
    public struct Difference: Equatable, Sendable {
        /// `model.layers.0.size`
        public let key: String
        /// As YAML.
        public let value: String
        public let otherValue: String
        /// Whether a resumed run may go on with another value.
        public let mayChange: Bool
    }

    /// Every key that applies with its value as YAML, in fixed order.
    public var flattened: [(key: String, value: String)] {
        resolved.tree.leaves().map { ($0.key, $0.value) }
    }

    /// The keys whose values differ, in the order of `flattened`, then keys that only the other one has.
    public func differences(from other: RunConfiguration) -> [Difference] {
        let mine = resolved.tree.leaves(), others = other.resolved.tree.leaves()
        let othersByKey = Dictionary(others.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let myKeys = Set(mine.map(\.key))
        let differing = mine.compactMap { leaf -> Difference? in
            let otherValue = othersByKey[leaf.key]?.value ?? "absent"
            guard !leaf.value.isBytewise(otherValue) else { return nil }
            return Difference(key: leaf.key, value: leaf.value, otherValue: otherValue, mayChange: leaf.mayChange)
        }
        let onlyOthers = others.filter { !myKeys.contains($0.key) }.map {
            Difference(key: $0.key, value: "absent", otherValue: $0.value, mayChange: $0.mayChange)
        }
        return differing + onlyOthers
    }

    /// The differences with which a run cannot be resumed.
    public func incompatibleDifferences(from other: RunConfiguration) -> [Difference] {
        differences(from: other).filter { !$0.mayChange }
    }

    /// Refuses to go on from a checkpoint of a run that was configured otherwise.
    ///
    /// - Parameters:
    ///   - stored: The configuration in the checkpoint.
    ///   - checkpoint: The checkpoint's path.
    /// - Throws: `Diagnostic` naming each differing key with both values, and what may change.
    public func checkResumes(_ stored: RunConfiguration, from checkpoint: String) throws {
        let differences = incompatibleDifferences(from: stored)
        guard !differences.isEmpty else { return }
        let most = 6
        var list = differences.prefix(most).map { "\($0.key) is \($0.otherValue) there and \($0.value) here" }
        if differences.count > most { list.append("and \(differences.count - most) more") }
        throw Diagnostic(
            checkpoint, "belongs to a run with another configuration: \(list.joined(separator: "; "))",
            expected: "the same values",
            hint: "these may change: \(RunConfiguration.keysThatMayChange.joined(separator: ", "));"
                + " for anything else begin a new run with --output",
            category: .usage)
    }

    /// The keys a resumed run may have other values for; `training.schedule.*` stands for a whole section.
    public static var keysThatMayChange: [String] {
        RunConfiguration().tree.branches().filter(\.branch.mayChange).map { path, branch in
            switch branch.tree {
            case .mapping, .absent(example: .some): "\(path).*"
            default: path
            }
        }
    }
}
