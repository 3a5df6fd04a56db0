/// What standardisation makes of one Unicode scalar: remembered, since looking up its properties is slow.
///
/// Lower-casing takes each scalar by itself, without the rules that depend on its neighbours (final sigma).
struct ScalarMap: Sendable {
    struct Entry: Sendable {
        /// UTF-8 of what the scalar becomes; empty when it is dropped.
        var bytes: [UInt8]
        var isWhiteSpace: Bool
    }

    private let lowerCase: Bool
    private let stripPunctuation: Bool
    private let foldAccents: Bool
    private var entries: [Entry] = []
    /// By scalar value: index into `entries` plus one, 0 when not yet computed; as many as the texts so far need.
    private var indices = [UInt32](repeating: 0, count: 0x100)

    init(lowerCase: Bool, stripPunctuation: Bool, foldAccents: Bool) {
        self.lowerCase = lowerCase
        self.stripPunctuation = stripPunctuation
        self.foldAccents = foldAccents
    }

    subscript(scalar: Unicode.Scalar) -> Entry {
        mutating get {
            let value = Int(scalar.value)
            if value >= indices.count {
                // To the next power of two: the whole of Unicode takes four mebibytes.
                let count = 1 << (Int.bitWidth - value.leadingZeroBitCount)
                indices.append(contentsOf: repeatElement(0, count: count - indices.count))
            }
            if indices[value] == 0 {
                entries.append(entry(of: scalar))
                indices[value] = UInt32(entries.count)
            }
            return entries[Int(indices[value]) - 1]
        }
    }

    /// Folding comes first: `İ` lower-cased first would leave a dot behind.
    private func entry(of scalar: Unicode.Scalar) -> Entry {
        var bytes: [UInt8] = []
        for folded in foldAccents ? AccentFolding.fold(scalar) : [scalar] {
            for mapped in lowerCase ? Array(folded.properties.lowercaseMapping.unicodeScalars) : [folded]
            where !(stripPunctuation && Self.isPunctuation(mapped)) {
                bytes.append(contentsOf: UTF8.encode(mapped) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return Entry(bytes: bytes, isWhiteSpace: scalar.properties.isWhitespace)
    }

    /// The 32 ASCII characters that Keras' `lower_and_strip_punctuation` removes, and Unicode's categories P*.
    static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
        case ..<0x80: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return true
        default: return false
        }
    }
}
