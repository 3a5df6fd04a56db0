import Configuration

extension EncodedCorpus {
    /// Begins a text: counts it, and decides whether it is an example.
    ///
    /// The caller then appends `min(tokens, maxLength)` token numbers and calls `endText`; of an empty text that is
    /// taken as the unknown token, that token is there already.
    ///
    /// - Returns: Whether the text is an example.
    mutating func beginText(tokens count: Int, maxLength: Int, emptyText: DataConfiguration.EmptyText) -> Bool {
        statistics.rows += 1
        if count == 0 {
            statistics.emptyTexts += 1
            if emptyText == .skip { return false }
            tokens.append(Vocabulary.unknown)
        } else if count > maxLength {
            statistics.cutSequences += 1
        }
        return true
    }

    mutating func endText() { offsets.append(tokens.count) }

    /// Appends a numeric sequence, `[step, featureWidth]`.
    mutating func append(_ values: [Float], maxLength: Int?) {
        statistics.rows += 1
        let steps = values.count / featureWidth
        let kept = min(steps, maxLength ?? .max)
        if kept < steps { statistics.cutSequences += 1 }
        features.append(contentsOf: values[..<(kept * featureWidth)])
        offsets.append(offsets[count] + kept)
    }
}
