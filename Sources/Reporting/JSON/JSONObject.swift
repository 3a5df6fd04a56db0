/// A JSON object whose members are written in the order in which they were given.
///
/// ```swift
/// var line: JSONObject = ["step": 50, "loss_nats": .number(loss)]
/// line["tokens_per_second"] = .number(rate)
/// print(line.text)
/// ```
public struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
    public private(set) var members: [(key: String, value: JSONValue)]

    public init() { members = [] }

    /// A key given twice keeps its first place and its last value.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }

    /// A key given twice keeps its first place and its last value.
    public init(_ elements: [(String, JSONValue)]) {
        members = []
        for (key, value) in elements { self[key] = value }
    }

    /// Setting a new key appends it, setting a known one replaces its value in place, setting nil removes it
    /// (a JSON null is `.null`).
    public subscript(key: String) -> JSONValue? {
        get { place(of: key).map { members[$0].value } }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append((key, value))
            case (nil, nil): break
            }
        }
    }

    /// On one line.
    public var text: String { JSONValue.object(self).text }

    /// Over several lines, two spaces deeper at each level.
    public var indentedText: String { JSONValue.object(self).indentedText }

    func write(to text: inout String, indent: Int?) {
        let deeper = members.isEmpty ? nil : indent.map { $0 + 1 }
        text += "{"
        for (place, member) in members.enumerated() {
            if place > 0 { text += deeper == nil ? ", " : "," }
            JSONValue.breakLine(in: &text, indent: deeper)
            JSONValue.write(quoted: member.key, to: &text)
            text += ": "
            member.value.write(to: &text, indent: deeper)
        }
        if deeper != nil { JSONValue.breakLine(in: &text, indent: indent) }
        text += "}"
    }

    /// By bytes: labels that differ only in normalisation are different keys.
    private func place(of key: String) -> Int? {
        members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }
}
