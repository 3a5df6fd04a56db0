import Glibc

/// BLEU of a corpus with one reference a sentence, to the bit of definition what sacrebleu computes by default: n-grams
/// up to 4, `13a` tokens, exponential smoothing of orders without a match.
///
/// All its parts are integers, so the statistics of parts of a corpus may be added in any order.
///
/// - Source: Papineni et al. 2002; Post 2018, "A call for clarity in reporting BLEU scores"; smoothing: Chen & Cherry
///   2014, method 3.
public struct BLEU: Equatable, Sendable {
    static let orders = 4

    /// n-grams of the translations that the references have, for n of 1 to 4.
    public private(set) var matches = [Int](repeating: 0, count: orders)
    /// n-grams of the translations.
    public private(set) var totals = [Int](repeating: 0, count: orders)
    /// Tokens of the translations and of the references.
    public private(set) var length = 0
    public private(set) var referenceLength = 0

    public init() {}

    /// Adds a sentence.
    ///
    /// - Parameter lowerCase: Compare without case.
    public mutating func add(_ translation: String, reference: String, lowerCase: Bool = false) {
        let found = Self.tokens(of: translation, lowerCase: lowerCase),
            expected = Self.tokens(of: reference, lowerCase: lowerCase)
        length += found.count
        referenceLength += expected.count
        for order in 1...Self.orders where found.count >= order {
            totals[order - 1] += found.count - order + 1
            let wanted = Self.grams(expected, order)
            for (gram, count) in Self.grams(found, order) { matches[order - 1] += min(count, wanted[gram] ?? 0) }
        }
    }

    /// Statistics as numbers that ranks can add: matches, totals, both lengths.
    public var counts: [Int64] { (matches + totals + [length, referenceLength]).map(Int64.init) }

    /// - Parameter counts: As `counts` gives them.
    public init(counts: some Collection<Int64>) {
        let numbers = counts.map { Int($0) }
        precondition(numbers.count == 2 * Self.orders + 2, "BLEU has ten counts")
        matches = Array(numbers[..<Self.orders])
        totals = Array(numbers[Self.orders..<2 * Self.orders])
        length = numbers[2 * Self.orders]
        referenceLength = numbers[2 * Self.orders + 1]
    }

    public static var countOfCounts: Int { 2 * orders + 2 }

    /// From 0 to 100.
    public var score: Double {
        if matches.allSatisfy({ $0 == 0 }) { return 0 }
        var smoothing = 1.0, logarithms = 0.0
        for order in 0..<Self.orders {
            // A corpus of sentences shorter than four tokens has no score.
            if totals[order] == 0 { return 0 }
            if matches[order] == 0 { smoothing *= 2 }
            let precision =
                matches[order] == 0
                ? 100 / (smoothing * Double(totals[order])) : 100 * Double(matches[order]) / Double(totals[order])
            logarithms += log(precision)
        }
        return brevityPenalty * exp(logarithms / Double(Self.orders))
    }

    public var brevityPenalty: Double {
        length < referenceLength ? (length == 0 ? 0 : exp(1 - Double(referenceLength) / Double(length))) : 1
    }

    private static func grams(_ tokens: [[Unicode.Scalar]], _ order: Int) -> [[[Unicode.Scalar]]: Int] {
        var counts: [[[Unicode.Scalar]]: Int] = [:]
        if tokens.count >= order {
            for first in 0...tokens.count - order { counts[Array(tokens[first..<first + order]), default: 0] += 1 }
        }
        return counts
    }
}
