/// A value to be written as JSON: metrics, and what commands print with `--json`.
///
/// By hand, since Foundation's writer keeps neither the order of keys nor a Float's own digits.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// Written with the fewest digits that read back as the same Double; NaN and infinities as null.
    case number(Double)
    /// Written with the fewest digits that read back as the same Float; NaN and infinities as null.
    case float(Float)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// On one line, without spaces at the ends.
    public var text: String {
        var text = ""
        write(to: &text, indent: nil)
        return text
    }

    /// Over several lines, two spaces deeper at each level; arrays of plain values stay on one line.
    public var indentedText: String {
        var text = ""
        write(to: &text, indent: 0)
        return text
    }

    /// - Parameter indent: Depth of this value; nil: everything on one line.
    func write(to text: inout String, indent: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .float(let value): text += value.isFinite ? "\(value)" : "null"
        case .string(let value): JSONValue.write(quoted: value, to: &text)
        case .object(let value): value.write(to: &text, indent: indent)
        case .array(let values):
            let deeper = values.contains(where: \.isContainer) ? indent.map { $0 + 1 } : nil
            text += "["
            for (place, value) in values.enumerated() {
                if place > 0 { text += deeper == nil ? ", " : "," }
                JSONValue.breakLine(in: &text, indent: deeper)
                value.write(to: &text, indent: deeper)
            }
            if deeper != nil { JSONValue.breakLine(in: &text, indent: indent) }
            text += "]"
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    static func breakLine(in text: inout String, indent: Int?) {
        guard let indent else { return }
        text += "\n" + String(repeating: "  ", count: indent)
    }

    /// Escapes what JSON must have escaped (RFC 8259, section 7), and DEL, which terminals act on.
    static func write(quoted string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..<" ", "\u{7F}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}
