/// Sentences and their counterparts as token numbers.
public struct SentencePairs: Equatable, Sendable {
    public internal(set) var source = EncodedCorpus()
    /// Each ends with the boundary.
    public internal(set) var target = EncodedCorpus()
    /// Pairs with a side longer than `data.max_length`: left out.
    public internal(set) var skippedPairs = 0
    /// The line of the texts behind each pair, from 0.
    public internal(set) var lines: [Int] = []

    public var count: Int { source.count }

    /// - Parameter target: Without boundaries.
    package init(source: [[Int32]], target: [[Int32]]) {
        self.source = EncodedCorpus(sequences: source)
        self.target = EncodedCorpus(sequences: target.map { $0 + [SentenceCodec.boundary] })
        lines = Array(source.indices)
    }

    /// - Parameter maxLength: Tokens of a side at most; nil: no limit.
    package init(_ text: ParallelText, _ sourceCodec: SentenceCodec, _ targetCodec: SentenceCodec, maxLength: Int?) {
        var sourceCodec = sourceCodec, targetCodec = targetCodec
        var sources: [[Int32]] = []
        text.source.forEach { sources.append(sourceCodec.encode($1)) }
        text.target.forEach { number, line in
            let translation = targetCodec.encode(line)
            if let maxLength, max(sources[number].count, translation.count) > maxLength {
                skippedPairs += 1
            } else {
                source.append(tokens: sources[number])
                target.append(tokens: translation + [SentenceCodec.boundary])
                lines.append(number)
            }
        }
    }

    /// Tokens of both sides of each pair, the boundary included: what a pair costs.
    public var lengths: [Int32] { zip(source.lengths, target.lengths).map { $0 + $1 } }
}

extension EncodedCorpus {
    /// Appends a sequence of token numbers.
    package mutating func append(tokens numbers: [Int32]) {
        statistics.rows += 1
        tokens.append(contentsOf: numbers)
        endText()
    }

    /// Sequences of token numbers, one each.
    package init(sequences: [[Int32]]) {
        self.init()
        for sequence in sequences { append(tokens: sequence) }
    }
}
