internal import Foundation

/// Folds letters with accents to ASCII, as the PyTorch names tutorial does: canonical decomposition without its
/// marks. Letters that have no decomposition (ø, ł, ß …) and the typographic apostrophes and hyphens of names are
/// in a table; the tutorial drops them. Letters of other scripts stay.
package enum AccentFolding {
    static func fold(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        if scalar.isASCII { return [scalar] }
        if let replacement = letters[scalar] { return Array(replacement.unicodeScalars) }
        var folded: [Unicode.Scalar] = []
        for part in String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
        where part.properties.generalCategory != .nonspacingMark {
            // Some letters with a stroke carry an accent besides (ǿ).
            if let replacement = letters[part] {
                folded.append(contentsOf: replacement.unicodeScalars)
            } else {
                folded.append(part)
            }
        }
        return folded
    }

    /// What letters without a decomposition become.
    package static let letters: [Unicode.Scalar: String] = [
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "Th",
        "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h", "Ħ": "H",
        "ŧ": "t", "Ŧ": "T", "ı": "i", "ĸ": "k", "ŋ": "n", "Ŋ": "N", "ŀ": "l", "Ŀ": "L", "ŉ": "n", "ſ": "s",
        "\u{2018}": "'", "\u{2019}": "'", "\u{02BB}": "'", "\u{02BC}": "'", "\u{2010}": "-", "\u{2011}": "-",
        "\u{2013}": "-"
    ]
}
