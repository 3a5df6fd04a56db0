extension BLEU {
    /// The tokens of a sentence as sacrebleu's `13a` tokenizer (that of WMT's mteval-v13a) finds them.
    package static func tokens(of sentence: String, lowerCase: Bool = false) -> [[Unicode.Scalar]] {
        var text: [Unicode.Scalar] = []
        for scalar in sentence.unicodeScalars {
            if lowerCase {
                text.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            } else {
                text.append(scalar)
            }
        }
        while let last = text.last, isSpace(last) { text.removeLast() }
        for (found, replacement) in entities { text = replacing(found, by: replacement, in: text) }
        text = [" "] + text + [" "]

        // Each rule looks at the text the one before has made, from left to right, as the regular expressions do.
        var separated: [Unicode.Scalar] = []
        for scalar in text { separated += isSymbol(scalar) ? [" ", scalar, " "] : [scalar] }
        separated = splitting(separated, where: { !isDigit($0) && isPoint($1) }) { [$0, " ", $1, " "] }
        separated = splitting(separated, where: { isPoint($0) && !isDigit($1) }) { [" ", $0, " ", $1] }
        separated = splitting(separated, where: { isDigit($0) && $1 == "-" }) { [$0, " ", $1, " "] }
        return separated.split(whereSeparator: isSpace).map(Array.init)
    }

    private static let entities: [(found: [Unicode.Scalar], replacement: [Unicode.Scalar])] = [
        ("<skipped>", ""), ("-\n", ""), ("\n", " "), ("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"),
    ].map { (Array($0.unicodeScalars), Array($1.unicodeScalars)) }

    /// ASCII punctuation but for `'`, `,`, `-`, `.`.
    private static func isSymbol(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "{"..."~", "["..."`", " "..."&", "("..."+", ":"..."@", "/": true
        default: false
        }
    }

    private static func isPoint(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar == "," }
    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// What Python's `str.split` takes for white space.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    /// Replaces each pair of neighbours for which `matches` holds; pairs do not overlap.
    private static func splitting(
        _ text: [Unicode.Scalar], where matches: (Unicode.Scalar, Unicode.Scalar) -> Bool,
        _ replacement: (Unicode.Scalar, Unicode.Scalar) -> [Unicode.Scalar]
    ) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.count * 2)
        var position = 0
        while position < text.count {
            if position + 1 < text.count, matches(text[position], text[position + 1]) {
                result += replacement(text[position], text[position + 1])
                position += 2
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return result
    }

    private static func replacing(
        _ found: [Unicode.Scalar], by replacement: [Unicode.Scalar], in text: [Unicode.Scalar]
    ) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var position = 0
        while position < text.count {
            if text[position] == found[0], text[position...].starts(with: found) {
                result += replacement
                position += found.count
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return result
    }
}
