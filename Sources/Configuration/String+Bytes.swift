/// Text is bytes: Swift's `==` and `<` treat canonically equivalent strings as one.
extension String {
    func isBytewise(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    func precedesBytewise(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }

    /// The text as an error message can show it: at most 60 characters, none that would disturb a terminal.
    var shown: String {
        var text = ""
        for scalar in unicodeScalars.prefix(60) {
            text += scalar.isVisible ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
        }
        return unicodeScalars.count > 60 ? text + "…" : text
    }
}

extension Unicode.Scalar {
    /// Whether a terminal and a YAML file can hold this character as it is.
    var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
