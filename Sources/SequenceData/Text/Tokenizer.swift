import Configuration

/// Standardises a text and cuts it into tokens, as UTF-8 bytes.
///
/// In this order: accents are folded to ASCII, letters lower-cased, punctuation removed (not replaced: `it's`
/// becomes `its`); then words are what stands between white space, characters are Unicode scalars.
/// Standard words are those of Keras' `TextVectorization`; characters with accents folded those of the PyTorch
/// names tutorial.
package struct Tokenizer: Sendable {
    private let areWords: Bool
    /// For each ASCII byte: what it becomes, or one of the two marks below.
    private let asciiMap: [UInt8]
    private var scalars: ScalarMap

    private static let dropped: UInt8 = 0xFF
    private static let whiteSpace: UInt8 = 0xFE

    /// - Parameter data: `tokens` and `standardize` are used; settings left open follow the kind of token.
    package init(_ data: DataConfiguration) {
        let areWords = data.tokens == .words
        let standardize = data.standardize
        let lowerCase = standardize.lowerCase ?? areWords
        let stripPunctuation = standardize.stripPunctuation ?? areWords
        self.areWords = areWords
        asciiMap = (0..<128).map { (byte: UInt8) in
            let scalar = Unicode.Scalar(byte)
            if areWords, byte.isASCIIBlank { return Self.whiteSpace }
            if stripPunctuation, ScalarMap.isPunctuation(scalar) { return Self.dropped }
            return lowerCase && (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
        }
        scalars = ScalarMap(
            lowerCase: lowerCase, stripPunctuation: stripPunctuation, foldAccents: standardize.foldAccents ?? false)
    }

    /// Replaces the content of `tokens` with the tokens of `text`, which is UTF-8.
    package mutating func tokenize(_ text: borrowing Span<UInt8>, into tokens: inout TokenBuffer) {
        tokens.removeAll()
        var position = 0
        while position < text.count {
            let byte = text[position]
            if byte < 0x80 {
                position += 1
                let mapped = asciiMap[Int(byte)]
                if mapped < Self.whiteSpace {
                    tokens.append(mapped)
                    if !areWords { tokens.endToken() }
                } else if mapped == Self.whiteSpace {
                    tokens.endToken()
                }
            } else {
                Self.append(scalars[text.scalar(at: &position)], to: &tokens, areWords: areWords)
            }
        }
        tokens.endToken()
    }

    /// Static, since a method would copy the tokenizer for each letter beside the access to `scalars`.
    private static func append(_ entry: ScalarMap.Entry, to tokens: inout TokenBuffer, areWords: Bool) {
        if areWords {
            if entry.isWhiteSpace { return tokens.endToken() }
            for byte in entry.bytes { tokens.append(byte) }
        } else {
            // Folding may make several characters of one; each begins with a byte that is no continuation.
            for byte in entry.bytes {
                if byte & 0xC0 != 0x80 { tokens.endToken() }
                tokens.append(byte)
            }
            tokens.endToken()
        }
    }
}

extension Span<UInt8> {
    /// Decodes the scalar at `position`, in text that is known to be UTF-8, and moves on behind it.
    func scalar(at position: inout Int) -> Unicode.Scalar {
        let first = UInt32(self[position])
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var value = length == 1 ? first : first & (0x7F >> UInt32(length))
        for offset in 1..<Swift.max(length, 1) { value = value << 6 | UInt32(self[position + offset]) & 0x3F }
        position += length
        return Unicode.Scalar(value) ?? "\u{FFFD}"
    }
}
