import SequenceData

/// Finds the spans that tags mark, as `conlleval` does: whatever the scheme, and in sequences that do not fit one.
///
/// A span ends where its type changes, behind `E` and `S`, and before `B` and `S`; the rules for the tags of
/// one scheme never disturb another.
///
/// - Source: E. Tjong Kim Sang & S. Buchholz, `conlleval.pl` (CoNLL-2000 shared task), functions `startOfChunk`
///   and `endOfChunk`, with the tags `E` and `S` as its later versions treat them.
package struct SpanFinder: Sendable {
    private let places: [SpanTag.Place]
    /// The number of each tag's type; 0 outside of spans.
    private let types: [Int32]
    /// The types, which are numbered from 1.
    package let typeNames: [String]

    package struct Span: Equatable, Sendable {
        package let tokens: Range<Int>
        package let type: Int32
    }

    /// - Parameter tags: Names; one that marks no span counts as `O`.
    package init(tags: [String]) {
        let parsed = tags.map { SpanTag($0) ?? .outside }
        places = parsed.map(\.place)
        var names: [String] = []
        types = parsed.map { tag in
            if tag.place == .outside { return 0 }
            if let known = names.firstIndex(where: { $0.utf8.elementsEqual(tag.type.utf8) }) { return Int32(known + 1) }
            names.append(tag.type)
            return Int32(names.count)
        }
        typeNames = names
    }

    /// - Parameter tags: Numbers of the tags of one sentence.
    package func spans(of tags: some Sequence<Int32>) -> [Span] {
        var spans: [Span] = []
        var previous = SpanTag.Place.outside, previousType: Int32 = 0
        var start: Int?
        var position = 0
        for tag in tags {
            let place = places[Int(tag)], type = types[Int(tag)]
            let isCut = place == .begin || place == .single || previous == .end || previous == .single
            if let begin = start, isCut || type != previousType {
                spans.append(Span(tokens: begin..<position, type: previousType))
                start = nil
            }
            if place != .outside && start == nil { start = position }
            (previous, previousType) = (place, type)
            position += 1
        }
        if let start { spans.append(Span(tokens: start..<position, type: previousType)) }
        return spans
    }
}

/// How many spans and tokens were found; counts of several sentences add up.
public struct SpanScore: Equatable, Sendable {
    /// Spans found with the right borders and type.
    public var correct: Int64 = 0
    public var predicted: Int64 = 0
    public var expected: Int64 = 0
    public var tokens: Int64 = 0
    public var correctTokens: Int64 = 0
    /// Of each type, without tokens; empty where they are not told apart.
    public private(set) var types: [SpanScore] = []

    /// - Parameter types: How many types are told apart.
    public init(types: Int = 0) {
        if types > 0 { self.types = [SpanScore](repeating: SpanScore(), count: types) }
    }

    /// The counts in a fixed order, to be summed over sentences and ranks.
    public var counts: [Int64] {
        [correct, predicted, expected, tokens, correctTokens]
            + types.flatMap { [$0.correct, $0.predicted, $0.expected] }
    }

    public init(counts: some Collection<Int64>) {
        let counts = Array(counts)
        precondition(
            counts.count >= 5 && (counts.count - 5) % 3 == 0, "a span score has five counts and three of each type")
        (correct, predicted, expected, tokens, correctTokens) = (counts[0], counts[1], counts[2], counts[3], counts[4])
        types = stride(from: 5, to: counts.count, by: 3).map { first in
            var score = SpanScore()
            (score.correct, score.predicted, score.expected) = (counts[first], counts[first + 1], counts[first + 2])
            return score
        }
    }

    /// Share of the predicted spans that are correct; 0 without any.
    public var precision: Double { ratio(correct, predicted) }
    /// Share of the expected spans that were found; 0 without any.
    public var recall: Double { ratio(correct, expected) }
    /// Harmonic mean of precision and recall; 0 without a correct span.
    public var f1: Double { ratio(2 * correct, predicted + expected) }
    public var accuracy: Double { ratio(correctTokens, tokens) }

    private func ratio(_ part: Int64, _ whole: Int64) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }

    /// Adds a sentence.
    package mutating func add(expected tags: [Int32], predicted found: [Int32], _ finder: SpanFinder) {
        precondition(tags.count == found.count, "every token has two tags to compare")
        let wanted = finder.spans(of: tags), given = finder.spans(of: found)
        var next = 0
        for span in wanted {
            while next < given.count && given[next].tokens.lowerBound < span.tokens.lowerBound { next += 1 }
            if next < given.count && given[next] == span { count(span, \.correct) }
            count(span, \.expected)
        }
        for span in given { count(span, \.predicted) }
        tokens += Int64(tags.count)
        for (tag, other) in zip(tags, found) where tag == other { correctTokens += 1 }
    }

    private mutating func count(_ span: SpanFinder.Span, _ path: WritableKeyPath<SpanScore, Int64>) {
        self[keyPath: path] += 1
        if !types.isEmpty { types[Int(span.type) - 1][keyPath: path] += 1 }
    }
}
