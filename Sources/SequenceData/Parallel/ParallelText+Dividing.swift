import Configuration

extension ParallelText {
    /// The pairs for which `isIncluded` holds, and the others.
    package func divided(by isIncluded: (_ pair: Int) -> Bool) -> (included: ParallelText, others: ParallelText?) {
        let included = (0..<count).map(isIncluded)
        let others = included.contains(false) ? selecting { !included[$0] } : nil
        return (others == nil ? self : selecting { included[$0] }, others)
    }

    private func selecting(_ isIncluded: (Int) -> Bool) -> ParallelText {
        ParallelText(source: source.selecting(isIncluded), target: target.selecting(isIncluded))
    }
}

extension TextLines {
    package func selecting(_ isIncluded: (Int) -> Bool) -> TextLines {
        var selected = TextLines()
        forEach { if isIncluded($0) { selected.append($1) } }
        return selected
    }
}

extension SentenceCodec.Tokens {
    /// What a configuration asks for.
    package init(_ data: DataConfiguration) {
        switch data.tokens {
        case .words, .values, .bytes: self = .words
        case .characters: self = .characters
        case .subwords: self = .subwords(merges: data.merges)
        }
    }
}
