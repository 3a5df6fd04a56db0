import Foundation

extension Form where Value: FixedWidthInteger {
    /// A whole number in decimal digits, underscores allowed between them.
    static func whole(_ range: ClosedRange<Value>) -> Form {
        .scalar(
            "a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { text, plain in
                guard plain, let value = Value(wholeNumber: text), range.contains(value) else { return nil }
                return value
            },
            text: { String($0) })
    }

    static func powerOfTwo(upTo limit: Value) -> Form {
        .scalar(
            "a power of two from 1 to \(limit)",
            parse: { text, plain in
                guard plain, let value = Value(wholeNumber: text), (1...limit).contains(value),
                    value.nonzeroBitCount == 1
                else { return nil }
                return value
            },
            text: { String($0) })
    }
}

extension FixedWidthInteger {
    /// Decimal digits only: `0x10`, and `010` (eight in YAML 1.1, ten in 1.2), are refused.
    init?(wholeNumber text: String) {
        let unsigned = text.drop { $0 == "-" || $0 == "+" }
        guard text.utf8.count - unsigned.utf8.count <= 1,
            unsigned.utf8.count == 1 || unsigned.utf8.first != UInt8(ascii: "0"),
            unsigned.split(separator: "_", omittingEmptySubsequences: false).allSatisfy({ part in
                !part.isEmpty && part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            })
        else { return nil }
        self.init(text.replacing("_", with: ""))
    }
}

extension Form where Value == Double {
    /// A decimal number in a range that says itself in words.
    private static func number(_ range: String, _ isAllowed: @escaping (Double) -> Bool) -> Form {
        .scalar(
            "a number \(range)",
            parse: { text, plain in
                // Double's own initialiser also takes `nan`, `inf` and hexadecimal.
                guard plain, text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let value = Double(text),
                    value.isFinite, isAllowed(value)
                else { return nil }
                return value == 0 ? 0 : value
            },
            text: { $0.decimal })
    }

    static func number(in range: ClosedRange<Double>) -> Form {
        number("from \(range.lowerBound.decimal) to \(range.upperBound.decimal)", range.contains)
    }

    static func number(in range: Range<Double>) -> Form {
        number("from \(range.lowerBound.decimal) to below \(range.upperBound.decimal)", range.contains)
    }

    static func number(above bound: Double, upTo limit: Double) -> Form {
        number("above \(bound.decimal) and at most \(limit.decimal)") { $0 > bound && $0 <= limit }
    }
}

extension Double {
    /// The shortest decimal text that reads back to the bit, in a form YAML 1.1 readers take for a number.
    var decimal: String {
        let text = description
        if text.hasSuffix(".0") { return String(text.dropLast(2)) }
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }
}

extension Form where Value == Bool {
    static var flag: Form {
        .scalar(
            "true or false",
            parse: { text, plain in
                guard plain else { return nil }
                return ["true", "True", "TRUE"].contains(text)
                    ? true : ["false", "False", "FALSE"].contains(text) ? false : nil
            },
            text: { String($0) })
    }
}

extension Form where Value == String {
    /// Text without control characters, numbers and YAML's words included (`no` is a label like another).
    static func text(_ expected: String) -> Form {
        .scalar(
            expected,
            parse: { text, _ in
                !text.isEmpty && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } ? text : nil
            },
            text: { $0.yamlScalar })
    }

    static var path: Form { text("a path") }

    /// A path, or the name of data that is part of the program.
    static func path(orOneOf builtins: [String]) -> Form {
        Form(
            expected: path.expected,
            read: { given, current in
                let text = try path.read(given, current)
                guard text.hasPrefix("builtin:"), !builtins.contains(where: text.isBytewise) else { return text }
                throw given.wrong(
                    expected: builtins.listed("or"), hint: builtins.nearest(to: text).map { "did you mean '\($0)'?" })
            },
            tree: path.tree)
    }

    static func name(among names: [String]) -> Form {
        choice(names, value: { $0 }, name: { $0 })
    }
}

extension Form where Value: RawRepresentable<String> & CaseIterable {
    static var choice: Form {
        choice(Value.allCases.map(\.rawValue), value: { Value(rawValue: $0) }, name: \.rawValue)
    }
}

extension Form {
    fileprivate static func choice(
        _ names: [String], value: @escaping (String) -> Value?, name: @escaping (Value) -> String
    ) -> Form {
        let expected = names.listed("or")
        return Form(
            expected: expected,
            read: { given, _ in
                guard case .scalar(let text, _) = given.content else { throw given.wrong(expected: expected) }
                guard names.contains(where: text.isBytewise), let choice = value(text) else {
                    throw given.wrong(expected: expected, hint: names.nearest(to: text).map { "did you mean '\($0)'?" })
                }
                return choice
            },
            tree: { .value(name($0).yamlScalar) })
    }
}
