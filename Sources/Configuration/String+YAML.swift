extension String {
    /// The text as a YAML scalar that reads back as this text: plain where no reader could take it for
    /// something else, double-quoted otherwise.
    ///
    /// Yams' emitter prints whole documents and has no comments, hence by hand.
    var yamlScalar: String {
        isPlain ? self : "\"\(unicodeScalars.map(\.escaped).joined())\""
    }

    private var isPlain: Bool {
        guard let first = unicodeScalars.first, first.isASCIILetter || first == "/" || first == "." else {
            return false
        }
        let isWord = unicodeScalars.allSatisfy {
            $0.isASCIILetter || ("0"..."9").contains($0) || "/._-".unicodeScalars.contains($0)
                // Only inside a word, where YAML gives it no meaning: `builtin:surnames`.
                || $0 == ":"
        }
        let isReserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"]
            .contains(lowercased())
        let mayBeNumber = first == "." && unicodeScalars.dropFirst().first.map { ("0"..."9").contains($0) } != false
        return isWord && !isReserved && !mayBeNumber && unicodeScalars.last != ":"
    }
}

extension Unicode.Scalar {
    fileprivate var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }

    fileprivate var escaped: String {
        switch self {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case _ where isVisible: return String(self)
        default:
            let digits = String(value, radix: 16)
            return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
    }
}
