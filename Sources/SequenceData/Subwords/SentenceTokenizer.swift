import Configuration

/// Cuts sentences into tokens in such a way that they can be put together again: words, parts of words, or characters.
///
/// What stands between white space is cut before and after each punctuation character. Where nothing stood between
/// two pieces, the punctuation's piece carries the joiner `￭` on that side: `(it's)` becomes `(￭ it ￭'￭ s ￭)`, so that
/// a word is the same token wherever it stands. Parts of words mark a word's last part with `</w>`.
package struct SentenceTokenizer: Sendable {
    /// Halfwidth black square; where a text has one itself, it becomes `■`.
    static let joiner: [UInt8] = Array("\u{FFED}".utf8)
    private static let square: [UInt8] = Array("\u{25A0}".utf8)

    private let areCharacters: Bool
    private var scalars: ScalarMap
    private var encoder: BytePairEncoder?
    private var word: [UInt8] = []

    /// - Parameters:
    ///   - areCharacters: Each Unicode scalar is a token, white space included.
    ///   - merges: Cuts words into parts; nil: words stay whole.
    package init(areCharacters: Bool, _ standardize: DataConfiguration.Standardization, merges: BytePairMerges?) {
        self.areCharacters = areCharacters
        scalars = ScalarMap(
            lowerCase: standardize.lowerCase ?? false, stripPunctuation: standardize.stripPunctuation ?? false,
            foldAccents: standardize.foldAccents ?? false)
        encoder = areCharacters ? nil : merges.map(BytePairEncoder.init)
    }

    /// Replaces the content of `tokens` with the tokens of `text`, which is UTF-8.
    package mutating func tokenize(_ text: borrowing Span<UInt8>, into tokens: inout TokenBuffer) {
        tokens.removeAll()
        var position = 0
        // What the character before was: a piece's end needs no joiner after white space.
        var previous = Kind.space
        while position < text.count {
            let scalar = text.scalar(at: &position)
            let entry = scalars[scalar]
            if areCharacters {
                for byte in entry.bytes {
                    if byte & 0xC0 != 0x80 { tokens.endToken() }
                    tokens.append(byte)
                }
                tokens.endToken()
            } else if entry.isWhiteSpace {
                endWord(into: &tokens)
                previous = .space
            } else if entry.bytes.isEmpty {
                continue
            } else if ScalarMap.isPunctuation(scalar) {
                endWord(into: &tokens)
                if previous != .space { append(Self.joiner, to: &tokens) }
                append(entry.bytes, to: &tokens)
                if isInsideWord(text, position) { append(Self.joiner, to: &tokens) }
                tokens.endToken()
                previous = .punctuation
            } else {
                word += scalar == "\u{FFED}" ? Self.square : entry.bytes
                previous = .letter
            }
        }
        endWord(into: &tokens)
    }

    private enum Kind { case space, letter, punctuation }

    /// Whether a letter follows without white space; punctuation that follows carries the joiner itself.
    private mutating func isInsideWord(_ text: borrowing Span<UInt8>, _ position: Int) -> Bool {
        var next = position
        while next < text.count {
            let scalar = text.scalar(at: &next)
            let entry = scalars[scalar]
            if !entry.bytes.isEmpty || entry.isWhiteSpace {
                return !entry.isWhiteSpace && !ScalarMap.isPunctuation(scalar)
            }
        }
        return false
    }

    private mutating func endWord(into tokens: inout TokenBuffer) {
        if word.isEmpty { return }
        // Moved out and back: the word's memory is kept.
        var bytes: [UInt8] = []
        swap(&bytes, &word)
        if encoder != nil {
            encoder?.append(bytes.span, to: &tokens)
        } else {
            append(bytes, to: &tokens)
            tokens.endToken()
        }
        bytes.removeAll(keepingCapacity: true)
        swap(&bytes, &word)
    }

    private func append(_ bytes: [UInt8], to tokens: inout TokenBuffer) {
        for byte in bytes { tokens.append(byte) }
    }
}

extension SentenceTokenizer {
    /// Calls `body` with each whole word of a text: what merges are learned from. Punctuation is none.
    package static func countsWord(_ token: borrowing Span<UInt8>) -> Bool {
        // A piece of punctuation begins with it or with a joiner.
        var position = 0
        let first = token.scalar(at: &position)
        return !(ScalarMap.isPunctuation(first) || first == "\u{FFED}")
    }

    /// Puts tokens together again: plain text, with one blank where white space was.
    ///
    /// - Parameters:
    ///   - areParts: Whether the tokens come from merges, and mark the ends of words.
    package static func text(of tokens: [[UInt8]], areCharacters: Bool, areParts: Bool) -> String {
        var bytes: [UInt8] = []
        var isBlankDue = false
        for token in tokens {
            var piece = token[...]
            if areCharacters {
                bytes += piece
                continue
            }
            var endsWord = true
            let isJoinedLeft = piece.starts(with: joiner),
                isJoinedRight = hasSuffix(piece.dropFirst(isJoinedLeft ? joiner.count : 0), joiner)
            if isJoinedLeft { piece = piece.dropFirst(joiner.count) }
            if isJoinedRight { piece = piece.dropLast(joiner.count) }
            if areParts {
                if hasSuffix(piece, BytePairMerges.wordEnd) {
                    piece = piece.dropLast(BytePairMerges.wordEnd.count)
                } else {
                    // The part of a word that goes on, unless it is punctuation.
                    endsWord = !countsWord(token.span)
                }
            }
            if isBlankDue && !isJoinedLeft { bytes.append(UInt8(ascii: " ")) }
            bytes += piece
            isBlankDue = endsWord && !isJoinedRight
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hasSuffix(_ bytes: ArraySlice<UInt8>, _ suffix: [UInt8]) -> Bool {
        bytes.count >= suffix.count && bytes.suffix(suffix.count).elementsEqual(suffix)
    }
}
