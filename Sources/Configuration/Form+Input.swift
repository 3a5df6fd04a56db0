import Diagnostics

extension Form<ModelConfiguration.Input> {
    /// `features`, `{one_hot: true}`, `{embedding: 128}` or `{vectors: glove.txt, trainable: false}`.
    static var input: Form {
        let expected = "{one_hot: true}, {embedding: SIZE}, {vectors: FILE, trainable: false} or features"
        return Form(
            expected: expected,
            read: { given, _ in
                switch given.content {
                case .scalar("features", _): return .features
                case .mapping(let entries): return try input(from: entries, of: given, expected: expected)
                default: throw given.wrong(expected: expected)
                }
            },
            tree: { .value($0.yaml) })
    }

    private static func input(from entries: [Given.Entry], of given: Given, expected: String) throws -> Value {
        let kinds = ["one_hot", "embedding", "vectors"]
        var found: (kind: String, input: Value)?
        for entry in entries {
            let input: Value
            switch entry.name {
            case "one_hot":
                guard try Form<Bool>.flag.read(entry.value, nil) else { throw entry.value.wrong(expected: "true") }
                input = .oneHot
            case "embedding":
                input = .embedding(size: try Form<Int>.whole(Limits.size).read(entry.value, nil))
            case "vectors":
                let trainable = try given["trainable"].map { try Form<Bool>.flag.read($0, nil) }
                input = .vectors(path: try Form<String>.path.read(entry.value, nil), trainable: trainable ?? false)
            case "trainable":
                continue
            default:
                throw unknownKey(entry, in: given, known: kinds + ["trainable"])
            }
            if let found {
                throw given.conflict(
                    found: "\(given.path) has both '\(found.kind)' and '\(entry.name)'", expected: "one of them")
            }
            found = (entry.name, input)
        }
        guard let found else {
            throw Diagnostic(
                given.origin.subject, "\(given.path) names no kind of input", expected: expected, category: .usage)
        }
        if found.kind != "vectors", let trainable = given["trainable"] {
            throw Diagnostic(
                trainable.origin.subject, "\(trainable.path) does not go with '\(found.kind)'",
                expected: "vectors: FILE",
                hint: "an embedding is always trained", category: .usage)
        }
        return found.input
    }
}

extension ModelConfiguration.Input {
    /// As it stands in YAML.
    var yaml: String {
        switch self {
        case .oneHot: "{one_hot: true}"
        case .embedding(let size): "{embedding: \(size)}"
        case .vectors(let path, let trainable): "{vectors: \(path.yamlScalar), trainable: \(trainable)}"
        case .features: "features"
        }
    }
}
