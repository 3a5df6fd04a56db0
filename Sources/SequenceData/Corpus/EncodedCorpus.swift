/// Examples as the network takes them: token numbers, or numeric features, one sequence after the other.
///
/// The number of an example is its position. Everything lies in a few flat arrays, so that a million texts cost no
/// more than their tokens.
public struct EncodedCorpus: Equatable, Sendable {
    /// Token numbers, `[step]`; empty for numeric data.
    public internal(set) var tokens: [Int32] = []
    /// Features, `[step, featureWidth]`; empty for text.
    public internal(set) var features: [Float] = []
    /// Features per time step; 0 for text.
    public internal(set) var featureWidth: Int
    /// Example `i` owns the steps `offsets[i] ..< offsets[i + 1]`.
    public internal(set) var offsets: [Int] = [0]
    /// Class of each example; empty when the data has no labels.
    public internal(set) var labels: [Int32] = []
    /// Of the reading that these examples come from, even if only part of its examples is here.
    public internal(set) var statistics = ReadingStatistics()

    init(featureWidth: Int = 0) { self.featureWidth = featureWidth }

    /// Number of examples.
    public var count: Int { offsets.count - 1 }
    /// Time steps of all examples.
    public var steps: Int { offsets[count] }
    public var hasLabels: Bool { !labels.isEmpty }

    /// The steps of an example: indices into `tokens`, or rows of `features`.
    public func range(of example: Int) -> Range<Int> { offsets[example]..<offsets[example + 1] }

    /// Time steps of an example, at least 1.
    public func length(of example: Int) -> Int { offsets[example + 1] - offsets[example] }

    /// Tokens that are not in the vocabulary.
    public var unknownTokens: Int {
        var count = 0
        for token in tokens where token == Vocabulary.unknown { count += 1 }
        return count
    }

    /// Examples of each class.
    public func examplesPerClass(_ classes: Int) -> [Int] {
        var counts = [Int](repeating: 0, count: classes)
        for label in labels { counts[Int(label)] += 1 }
        return counts
    }

    /// The examples for which `isIncluded` holds, renumbered in the same order.
    public func selecting(_ isIncluded: (_ example: Int) -> Bool) -> EncodedCorpus {
        var selected = EncodedCorpus(featureWidth: featureWidth)
        selected.statistics = statistics
        for example in 0..<count where isIncluded(example) {
            let range = range(of: example)
            if featureWidth == 0 {
                selected.tokens.append(contentsOf: tokens[range])
            } else {
                selected.features.append(
                    contentsOf: features[range.lowerBound * featureWidth..<range.upperBound * featureWidth])
            }
            selected.offsets.append(selected.steps + range.count)
            if hasLabels { selected.labels.append(labels[example]) }
        }
        return selected
    }

    /// Hands out the bytes that tell these examples from others, in several pieces: for a fingerprint that is
    /// compared across ranks. Equal examples give equal bytes on machines of one byte order.
    public func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        [Int64(count), Int64(featureWidth), hasLabels ? 1 : 0].withUnsafeBytes(body)
        offsets.withUnsafeBytes(body)
        tokens.withUnsafeBytes(body)
        features.withUnsafeBytes(body)
        labels.withUnsafeBytes(body)
    }
}
