/// Text that a terminal shows and does not act on, fitted to columns.
///
/// Labels come from data: an escape sequence in one must not move the cursor or colour the screen.
public enum TerminalText {
    /// `text` with each control character shown by its picture (`␛`), and each one without a picture,
    /// line separators and changes of writing direction among them, by `�`.
    public static func printable(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20: shown.append(Unicode.Scalar(0x2400 + UInt16(scalar.value)) ?? replacement)
            case 0x7F: shown.append("\u{2421}")
            case 0x80..<0xA0, 0x2028...0x202E, 0x2066...0x2069: shown.append(replacement)
            default: shown.append(scalar)
            }
        }
        return String(shown)
    }

    /// `text`, or as much of its beginning as fits with `…` into so many columns.
    public static func truncated(_ text: String, columns: Int) -> String {
        guard TerminalWidth.columns(of: text) > columns else { return text }
        guard columns > 0 else { return "" }
        var kept = String.UnicodeScalarView()
        var used = 1  // the ellipsis
        for scalar in text.unicodeScalars {
            used += TerminalWidth.columns(of: scalar)
            if used > columns { break }
            kept.append(scalar)
        }
        kept.append("…")
        return String(kept)
    }

    /// `text` filled with spaces to so many columns; longer text stays as it is.
    public static func padded(_ text: String, columns: Int, alignment: TextTable.Alignment) -> String {
        let spaces = String(repeating: " ", count: max(0, columns - TerminalWidth.columns(of: text)))
        return alignment == .left ? text + spaces : spaces + text
    }

    private static let replacement: Unicode.Scalar = "\u{FFFD}"
}
