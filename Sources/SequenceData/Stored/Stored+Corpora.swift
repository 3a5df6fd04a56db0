extension EncodedCorpus: StoredRecord {
    package init() { self.init(featureWidth: 0) }

    package static var fields: [StoredField<Self>] {
        [
            StoredField("tokens", \.tokens), StoredField("features", \.features),
            StoredField("feature_width", \.featureWidth), StoredField("offsets", \.offsets),
            StoredField("labels", \.labels), StoredField("statistics", \.statistics),
        ]
    }

    package var isWhole: Bool {
        guard featureWidth >= 0, offsets.areOffsets(in: offsets.last ?? 0), !hasLabels || labels.count == count else {
            return false
        }
        if featureWidth == 0 { return tokens.count == steps && features.isEmpty }
        return features.count.isMultiple(of: featureWidth) && features.count / featureWidth == steps
            && tokens.isEmpty
    }
}

extension ReadingStatistics: StoredRecord {
    package static var fields: [StoredField<Self>] {
        [
            StoredField("rows", \.rows), StoredField("blank_lines", \.blankLines),
            StoredField("empty_texts", \.emptyTexts), StoredField("cut_sequences", \.cutSequences),
            StoredField("lone_first_label", \.storedLoneFirstLabel),
        ]
    }

    private var storedLoneFirstLabel: [String] {
        get { loneFirstLabel.map { [$0] } ?? [] }
        set { loneFirstLabel = newValue.first }
    }

    package var isWhole: Bool { true }
}

extension RunningText: StoredRecord {
    package static var fields: [StoredField<Self>] {
        [
            StoredField("tokens", \.tokens), StoredField("line_bounds", \.lineBounds),
            StoredField("cut_lines", \.cutLines),
        ]
    }

    package var isWhole: Bool { lineBounds.areOffsets(in: tokens.count) }
}

extension TaggedCorpus: StoredRecord {
    package static var fields: [StoredField<Self>] {
        [
            StoredField("words", \.words), StoredField("tags", \.tags), StoredField("unknown_tags", \.unknownTags),
            StoredField("offsets", \.offsets), StoredField("spellings", \.spellings),
            StoredField("characters", \.characters), StoredField("character_offsets", \.characterOffsets),
            StoredField("cut_sentences", \.cutSentences),
        ]
    }

    package var isWhole: Bool {
        offsets.areOffsets(in: words.count) && (tags.isEmpty || tags.count == words.count)
            && spellings.count == words.count && spellings.areNumbers(below: characterOffsets.count - 1)
            && characterOffsets.areOffsets(in: characters.count)
    }
}

extension SentencePairs: StoredRecord {
    package init() { self.init(source: [], target: []) }

    package static var fields: [StoredField<Self>] {
        [
            StoredField("source", \.source), StoredField("target", \.target),
            StoredField("skipped_pairs", \.skippedPairs), StoredField("lines", \.lines),
        ]
    }

    package var isWhole: Bool { source.count == target.count && lines.count == count }
}
