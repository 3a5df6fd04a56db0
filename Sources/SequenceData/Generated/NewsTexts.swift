import Glibc
import Kernels

/// Texts with the lengths and word frequencies of news: what a benchmark trains on instead of the AG News corpus.
///
/// Lengths follow the corpus' own quantiles. The word of rank `r` has a frequency in proportion to `1 / (r + 2)ᵃ`, the
/// law of Zipf and Mandelbrot, with as many words as the corpus has; some of an article's words repeat one before.
/// Words are numbered by rank, so that a vocabulary knows the most frequent ones.
package enum NewsTexts: Sendable {
    /// 6.7 words each, 10,219 different ones in 6,600 titles.
    case titles
    /// Titles with their articles: 37.4 words each, 24,060 different ones.
    case articles

    /// Texts of the corpus that was measured.
    package static let examples = 6600
    package static let classes = 4

    /// Lengths at these shares of the texts, sorted by length.
    private static let shares = [
        0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1,
    ]
    private var quantiles: [Double] {
        switch self {
        case .titles: [1, 2, 4, 4, 5, 6, 6, 7, 7, 8, 8, 9, 11, 12, 12, 13, 14, 17]
        case .articles: [12, 18, 23, 26, 30, 33, 35, 37, 39, 41, 44, 48, 52, 62, 69, 79, 119, 136]
        }
    }

    private var law: (words: Int, exponent: Double, repeated: Double) {
        switch self {
        case .titles: (10_219, 0.85, 0)
        case .articles: (24_060, 1, 0.075)
        }
    }

    /// - Parameters:
    ///   - examples: How many texts.
    ///   - vocabulary: Entries, padding and unknown included; rarer words are unknown.
    package func corpus(examples: Int, vocabulary: Int, seed: UInt64 = 0) -> EncodedCorpus {
        let stream = RandomStream(seed: seed, purpose: .examples, index: 4)
        let cumulative = cumulativeWeights()
        var corpus = EncodedCorpus()
        for example in 0..<examples {
            let first = corpus.tokens.count
            for place in 0..<length(stream.uniform(UInt64(example), 1)) {
                let draw = UInt32(truncatingIfNeeded: 4 * place)
                if place > 0, stream.uniform(UInt64(example), draw + 2) < law.repeated {
                    let earlier = Int(stream.uniform(UInt64(example), draw + 3) * Double(place))
                    corpus.tokens.append(corpus.tokens[first + earlier])
                } else {
                    let rank = rank(stream.uniform(UInt64(example), draw + 4), cumulative)
                    corpus.tokens.append(rank + 2 < vocabulary ? Int32(rank + 2) : Vocabulary.unknown)
                }
            }
            corpus.offsets.append(corpus.tokens.count)
            corpus.labels.append(Int32(stream.uniform(UInt64(example), 0) * Double(Self.classes)))
        }
        corpus.statistics.rows = examples
        return corpus
    }

    /// The length below which a share of the texts lies.
    private func length(_ share: Double) -> Int {
        let upper = Self.shares.firstIndex { $0 > share } ?? Self.shares.count - 1, lower = upper - 1
        let within = (share - Self.shares[lower]) / (Self.shares[upper] - Self.shares[lower])
        return Int((quantiles[lower] + within * (quantiles[upper] - quantiles[lower])).rounded())
    }

    private func cumulativeWeights() -> [Double] {
        var sum = 0.0
        return (1...law.words).map { rank in
            sum += pow(Double(rank + 2), -law.exponent)
            return sum
        }
    }

    /// The rank, from 0, of the word at a share of all words' frequencies.
    private func rank(_ share: Double, _ cumulative: [Double]) -> Int {
        let wanted = share * cumulative[cumulative.count - 1]
        var low = 0, high = cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > wanted { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension RunningText {
    /// Tokens without a pattern, all entries of a vocabulary but padding and unknown alike.
    package static func random(tokens count: Int, vocabulary: Int, seed: UInt64 = 0) -> RunningText {
        let stream = RandomStream(seed: seed, purpose: .examples, index: 5)
        return RunningText(tokens: (0..<count).map { 2 + Int32(stream.uniform(UInt64($0)) * Double(vocabulary - 2)) })
    }
}
