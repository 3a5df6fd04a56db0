extension String {
    /// The text with each control character, line separator and change of writing direction escaped (`\u{1b}`): texts of
    /// others must not move a terminal's cursor, nor make two lines of a message.
    public var withoutControls: String {
        var shown = ""
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
