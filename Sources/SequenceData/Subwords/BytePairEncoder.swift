/// Cuts words into the symbols of a byte-pair encoding; remembers the words it has seen.
package struct BytePairEncoder: Sendable {
    private var merges: BytePairMerges
    private var words = ByteStringTable()
    private var symbolsOfWord: [[Int32]] = []

    package init(_ merges: BytePairMerges) { self.merges = merges }

    /// Appends the symbols of a word, the last one marked as its end.
    mutating func append(_ word: borrowing Span<UInt8>, to tokens: inout TokenBuffer) {
        let number = words.intern(word)
        if number == symbolsOfWord.count { symbolsOfWord.append(segment(word)) }
        for symbol in symbolsOfWord[number] {
            merges.symbols.withBytes(of: Int(symbol)) { bytes in
                for index in 0..<bytes.count { tokens.append(bytes[index]) }
            }
            tokens.endToken()
        }
    }

    /// Applies the merge learned first among those that fit, until none fits.
    private mutating func segment(_ word: borrowing Span<UInt8>) -> [Int32] {
        var symbols = merges.characters(of: word)
        while symbols.count > 1 {
            let ranks = zip(symbols, symbols.dropFirst()).compactMap { merges.rank($0, $1) }
            guard let first = ranks.min() else { break }
            let merge = merges.merges[Int(first)]
            symbols = replacing(merge.left, merge.right, by: merge.joined, in: symbols)
        }
        return symbols
    }
}
