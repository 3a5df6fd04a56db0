import Diagnostics

extension Given {
    /// Puts the value of an override in its place, as if the document had held it.
    ///
    /// - Parameter option: `training.epochs=3`; the value is YAML; a number in the key is an index of a
    ///   list, `model.layers.0.size=64`.
    /// - Throws: `Diagnostic` that names the option.
    mutating func override(_ option: String) throws {
        let origin = Origin(subject: "--set \(option.shown)", isOverride: true)
        let sign = try Self.sign(of: option)
        let names = option[..<sign].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else {
            throw Diagnostic(
                origin.subject, "has an empty key", expected: "KEY=VALUE, like training.epochs=3", category: .usage)
        }
        let path = names.reduce("") { Given.path($0, $1) }
        let value = try Given(
            value: String(option[option.utf8.index(after: sign)...]), path: path, origin: origin)
        try put(value, at: names[...])
    }

    /// Where the key of an override ends.
    static func sign(of option: String) throws -> String.Index {
        if let sign = option.utf8.firstIndex(of: UInt8(ascii: "=")) { return sign }
        throw Diagnostic(
            "--set \(option.shown)", "has no '='", expected: "KEY=VALUE, like training.epochs=3", category: .usage)
    }

    private mutating func put(_ value: Given, at names: ArraySlice<String>) throws {
        guard let name = names.first else {
            self = value
            return
        }
        switch content {
        case .list(var elements):
            guard let index = Int(name), elements.indices.contains(index) else {
                throw Given.noElement(name, of: path, count: elements.count, origin: value.origin)
            }
            try elements[index].put(value, at: names.dropFirst())
            content = .list(elements)
        case .mapping(var entries):
            let index = entries.firstIndex { $0.name.isBytewise(name) } ?? entries.endIndex
            if index == entries.endIndex {
                let member = Given(path: Given.path(path, name), origin: value.origin, content: .mapping([]))
                entries.append(Entry(name: name, value: member))
            }
            try entries[index].value.put(value, at: names.dropFirst())
            content = .mapping(entries)
        case .scalar:
            // A shorthand (`dense: [64]`) gives way to the mapping it is short for.
            origin = value.origin
            content = .mapping([])
            try put(value, at: names)
        }
    }

    static func noElement(_ name: String, of path: String, count: Int, origin: Origin) -> Diagnostic {
        Diagnostic(
            origin.subject, "\(path) has no element '\(name.shown)'",
            expected: count == 0 ? "an override of the whole list, which is empty" : "an index from 0 to \(count - 1)",
            category: .usage)
    }
}
