import Diagnostics

/// Numbers written in decimal, read without regard to locale.
enum Number {
    /// The value of `bytes[range]`.
    ///
    /// - Parameter title: What the column is called, where it has a name.
    /// - Throws: `Diagnostic` that names line and column when it is not a finite number.
    static func parse<Value: BinaryFloatingPoint & LosslessStringConvertible>(
        _ bytes: borrowing Span<UInt8>, at place: SourcePlace, column: Int, title: String? = nil, hint: String? = nil
    ) throws -> Value {
        if let value: Value = finite(bytes) { return value }
        let found = bytes.isEmpty ? "is empty" : "holds '\(bytes.text)'"
        let name = title.map { " ('\($0)')" } ?? ""
        throw Diagnostic(place.description, "column \(column)\(name) \(found)", expected: "a finite number", hint: hint)
    }

    /// The value, or nil when it is not a finite number in decimal notation (Swift alone takes `nan`, `inf`, `0x1p3`).
    static func finite<Value: BinaryFloatingPoint & LosslessStringConvertible>(_ bytes: borrowing Span<UInt8>) -> Value?
    {
        for index in 0..<bytes.count {
            switch bytes[index] {
            case 0x30...0x39, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"),
                UInt8(ascii: "E"):
                continue
            default: return nil
            }
        }
        guard let value = Value(bytes.text), value.isFinite else { return nil }
        return value
    }

    /// A label as UCR files write it: `2.0000000e+000`, `2.0` and `2` are one, `2`; what is no whole number stays.
    static func normalizedLabel(_ bytes: borrowing Span<UInt8>) -> [UInt8] {
        let text = bytes.text
        guard let value: Double = finite(bytes), let whole = Int(exactly: value), abs(value) < 1e15 else {
            return Array(text.utf8)
        }
        return Array(String(whole).utf8)
    }
}
