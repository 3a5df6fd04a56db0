import Diagnostics

/// The merges of a byte-pair encoding, in the order they were learned: which two neighbouring symbols become one.
///
/// A word begins as its Unicode scalars, the last one with the mark of a word's end, so that `er</w>` at a word's end
/// and `er` inside another are different symbols, and words can be put together again.
///
/// - Source: Sennrich, Haddow & Birch 2016, "Neural machine translation of rare words with subword units".
package struct BytePairMerges: Sendable {
    /// Marks the end of a word; no symbol holds it elsewhere, since the splitter makes pieces of punctuation.
    package static let wordEnd: [UInt8] = Array("</w>".utf8)

    /// Symbols: numbers of `left`, `right` and `joined` refer to it.
    private(set) var symbols = ByteStringTable()
    /// The merges, first learned first.
    private(set) var merges: [Merge] = []
    /// The place of the merge of each pair.
    private var rankOfPair: [UInt64: Int32] = [:]

    struct Merge: Sendable {
        let left: Int32
        let right: Int32
        let joined: Int32
    }

    package var count: Int { merges.count }

    init() {}

    /// The merges as a checkpoint keeps them: both symbols with a blank between (no symbol holds one).
    package var texts: [String] {
        merges.map { "\(symbols.text(of: Int($0.left))) \(symbols.text(of: Int($0.right)))" }
    }

    /// Rebuilds stored merges.
    ///
    /// - Throws: `Diagnostic` for a text that is not two symbols, or a pair that appears twice.
    package init(texts: [String], subject: String) throws {
        for (number, text) in texts.enumerated() {
            let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Array.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw Diagnostic(
                    subject, "merge \(number + 1) is '\(text)'", expected: "two symbols with a blank between")
            }
            let leftBytes = parts[0], rightBytes = parts[1]
            let left = intern(leftBytes.span)
            let right = intern(rightBytes.span)
            guard add(left, right) else {
                throw Diagnostic(subject, "merge \(number + 1), '\(text)', is there twice", expected: "each pair once")
            }
        }
    }

    /// The number of a symbol, which is given one if it has none.
    mutating func intern(_ bytes: borrowing Span<UInt8>) -> Int32 { Int32(symbols.intern(bytes)) }

    /// Adds a merge; false if the pair has one.
    mutating func add(_ left: Int32, _ right: Int32) -> Bool {
        let key = Self.key(left, right)
        guard rankOfPair[key] == nil else { return false }
        let joined = symbols.bytes(of: Int(left)) + symbols.bytes(of: Int(right))
        rankOfPair[key] = Int32(merges.count)
        merges.append(Merge(left: left, right: right, joined: Int32(symbols.intern(joined.span))))
        return true
    }

    /// The merge of a pair, or nil.
    func rank(_ left: Int32, _ right: Int32) -> Int32? { rankOfPair[Self.key(left, right)] }

    static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}

extension BytePairMerges: Equatable {
    /// The same merges in the same order; the numbers of symbols do not show.
    package static func == (left: Self, right: Self) -> Bool {
        left.texts.elementsEqual(right.texts) { $0.utf8.elementsEqual($1.utf8) }
    }
}

extension ByteStringTable {
    /// The bytes of string `number`.
    fileprivate func bytes(of number: Int) -> [UInt8] {
        withBytes(of: number) { bytes in (0..<bytes.count).map { bytes[$0] } }
    }
}
