import Diagnostics
import Foundation
internal import Yams

extension Given {
    /// Limits that no sensible configuration meets, and that keep a hostile one from costing time or stack.
    static let largestFile = 1 << 18
    private static let deepestNesting = 16, mostAliasLikeWords = 8

    /// Reads one YAML document.
    ///
    /// Anchors, aliases and tags are refused: a configuration needs none, and aliases of aliases grow
    /// without bound.
    ///
    /// - Parameters:
    ///   - name: The file's name for error messages.
    ///   - isStored: Whether a run wrote it, not a user.
    /// - Throws: `Diagnostic` with file and line.
    init(yaml bytes: [UInt8], name: String, isStored: Bool = false) throws {
        func origin(_ line: Int?) -> Origin {
            Origin(subject: line.map { "\(name):\($0)" } ?? name, isStored: isStored)
        }
        guard let document = try Given.parse(bytes, path: "", origin: origin) else {
            throw Diagnostic(
                name, "is empty", expected: "a mapping that begins with 'task: classify'",
                hint: "'rnn-dist config' prints a complete example", category: .usage)
        }
        self = document
    }

    /// Reads one value, as it stands after the equals sign of an override.
    init(value: String, path: String, origin: Origin) throws {
        let empty = Given(path: path, origin: origin, content: .scalar("", plain: true))
        self = try Given.parse(Array(value.utf8), path: path, origin: { _ in origin }) ?? empty
    }

    private static func parse(_ bytes: [UInt8], path: String, origin: (Int?) -> Origin) throws -> Given? {
        func refuse(_ line: Int?, _ found: String, expected: String? = nil, hint: String? = nil) -> Diagnostic {
            Diagnostic(origin(line).subject, found, expected: expected, hint: hint, category: .usage)
        }
        guard bytes.count <= largestFile else {
            throw refuse(nil, "is longer than \(largestFile) bytes", expected: "a configuration")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw refuse(lineOfInvalidUTF8(bytes), "contains bytes that are not UTF-8", hint: "save the file as UTF-8")
        }
        try refuseAliasBombs(bytes, refuse: refuse)
        do {
            // Without rules of resolution every scalar stays text: what `no`, `1_000` or `.inf` mean is
            // decided by the key that takes them.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let node = try parser.singleRoot() else { return nil }
            // The nodes hold their anchors weakly; the parser owns them.
            return try withExtendedLifetime(parser) {
                let given = try convert(node, path: path, line: nil, depth: 0, origin: origin)
                return given.isNull && path.isEmpty ? nil : given
            }
        } catch let error as YamlError {
            let (line, problem, hint) = explain(error)
            throw refuse(line, problem, hint: hint)
        }
    }

    private static func convert(
        _ node: Node, path: String, line: Int?, depth: Int, origin: (Int?) -> Origin
    ) throws -> Given {
        let line = line ?? node.mark?.line
        func refuse(_ found: String, hint: String? = nil) -> Diagnostic {
            Diagnostic(origin(line).subject, found, hint: hint, category: .usage)
        }
        guard node.anchor == nil else {
            throw refuse("uses a YAML anchor or alias", hint: "write the value out; quote text that begins with & or *")
        }
        guard depth <= deepestNesting else { throw refuse("is nested more than \(deepestNesting) levels deep") }

        let content: Content
        switch node {
        case .scalar(let scalar):
            let plain = scalar.style == .plain
            guard scalar.tag == (plain ? Tag.implicit : Tag(.str)) else { throw refuse("uses a YAML tag") }
            content = .scalar(scalar.string, plain: plain)
        case .sequence(let sequence):
            guard sequence.tag == Tag.implicit else { throw refuse("uses a YAML tag") }
            content = .list(
                try sequence.enumerated().map { index, element in
                    try convert(
                        element, path: Given.path(path, String(index)), line: nil, depth: depth + 1, origin: origin)
                })
        case .mapping(let mapping):
            guard mapping.tag == Tag.implicit else { throw refuse("uses a YAML tag") }
            content = .mapping(
                try mapping.map { key, value in
                    guard case .scalar(let name) = key, key.anchor == nil else {
                        throw refuse("has a key that is no plain word")
                    }
                    let value = try convert(
                        value, path: Given.path(path, name.string), line: key.mark?.line, depth: depth + 1,
                        origin: origin)
                    return Entry(name: name.string, value: value)
                })
        case .alias:
            throw refuse("uses a YAML alias")
        }
        return Given(path: path, origin: origin(line), content: content)
    }

    /// Refuses what looks like many aliases before the parser hashes their expansions as keys; the exact
    /// test follows on the parsed nodes. A line that is a comment holds none.
    private static func refuseAliasBombs(
        _ bytes: [UInt8], refuse: (Int?, String, String?, String?) -> Diagnostic
    ) throws {
        var seen = 0
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.first(where: { $0 != UInt8(ascii: " ") }) != UInt8(ascii: "#") else { continue }
            for (star, next) in zip(line, line.dropFirst()) where star == UInt8(ascii: "*") && isWord(next) {
                seen += 1
                if seen > mostAliasLikeWords {
                    throw refuse(
                        index + 1, "has many words that look like YAML aliases (*name)", nil,
                        "aliases are not supported")
                }
            }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: byte >= 0x80
        }
    }

    private static func lineOfInvalidUTF8(_ bytes: [UInt8]) -> Int? {
        // A line feed byte occurs in no longer UTF-8 sequence, so lines can be looked at one by one.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }.map { $0 + 1 }
    }

    /// Line and sentence of a parser's error; the parser's own text would show the file's lines again.
    private static func explain(_ error: YamlError) -> (line: Int?, problem: String, hint: String?) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            let hint = "quote text that contains ': ', '#', or begins with one of [{&*!|>'\"%@`"
            return (mark.line, "is not YAML: \(problem)", hint)
        case .reader(let problem, let offset, _, let yaml):
            return (offset.map { yaml.prefix($0).count(where: \.isNewline) + 1 }, "is not YAML: \(problem)", nil)
        case .duplicatedKeysInMapping(let names, let context):
            return (context.mark.line, "the key '\((names.first ?? "").shown)' is given more than once", nil)
        default:
            return (nil, "is not YAML: \(error)", nil)
        }
    }
}
