/// Text inside XML.
enum XMLText {
    /// `text` with markup escaped; characters that XML 1.0 cannot hold at all (section 2.2), and those that change the
    /// direction of what follows, become `�`.
    ///
    /// By hand, since Foundation's `XMLNode` would bring libxml2 into the installed program.
    static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "\t", "\n", "\r": escaped.append(" ")
            case "\0"..<" ", "\u{FFFE}", "\u{FFFF}", "\u{2028}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                escaped.append("\u{FFFD}")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
