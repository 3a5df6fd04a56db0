import Diagnostics

extension Form<TrainingConfiguration.ClassWeights> {
    /// `none`, `balanced`, or a mapping from label to weight.
    static var classWeights: Form {
        let expected = "none, balanced or {LABEL: WEIGHT}"
        let weight = Form<Double>.number(in: 0...1e9)
        return Form(
            expected: expected,
            read: { given, _ in
                switch given.content {
                case .scalar("none", _): return .none
                case .scalar("balanced", _): return .balanced
                case .mapping(let entries) where !entries.isEmpty:
                    return .listed(
                        LabelWeights(try entries.map { ($0.name, try weight.read($0.value, nil)) }))
                default: throw given.wrong(expected: expected)
                }
            },
            tree: { weights in
                switch weights {
                case .none: .value("none")
                case .balanced: .value("balanced")
                case .listed(let weights):
                    .value("{\(weights.entries.map(\.yaml).joined(separator: ", "))}")
                }
            })
    }
}

extension LabelWeights.Entry {
    fileprivate var yaml: String { "\(label.yamlScalar): \(weight.decimal)" }
}
