import Configuration
import Diagnostics

/// Reads sentences with tags, or plain text whose words are to be predicted.
///
/// A file whose name ends in `.in` has its tags in the file that ends in `.out`; any other is a column file.
public struct TaggedReader {
    private let configuration: RunConfiguration

    public init(_ configuration: RunConfiguration) { self.configuration = configuration }

    /// Reads training data, and settles words, characters and tags by those sentences that are not held out.
    ///
    /// - Throws: `Diagnostic` with file and line where the data is malformed.
    public func readTraining(
        isHeldOut: (_ sentence: Int) -> Bool
    ) throws -> (vocabulary: TaggingVocabulary, training: TaggedCorpus, heldOut: TaggedCorpus?) {
        let path = configuration.data.train
        let texts = try texts(of: path, tagged: true)
        let heldOut = (0..<texts.count).map(isHeldOut)
        guard heldOut.contains(false) else {
            throw Diagnostic(
                "data.validation_fraction", "all \(heldOut.count) sentences are held out", expected: "some to train on")
        }
        var counts = [Int](repeating: 0, count: texts.forms.count)
        var isSeen = [Bool](repeating: false, count: texts.tags.count)
        let fitRows = configuration.data.vocabulary.fitRows ?? .max
        var fitted = 0
        for sentence in 0..<texts.count where !heldOut[sentence] {
            fitted += 1
            for token in texts.offsets[sentence]..<texts.offsets[sentence + 1] {
                if fitted <= fitRows { counts[Int(texts.tokenForms[token])] += 1 }
                if !texts.tokenTags.isEmpty { isSeen[Int(texts.tokenTags[token])] = true }
            }
        }
        let (words, _) = try Vocabulary.choose(
            from: texts.forms, counts: counts, limits: configuration.data.vocabulary, subject: path)
        var tags: LabelSet?
        if !texts.tokenTags.isEmpty {
            var found = ByteStringTable()
            for number in 0..<texts.tags.count where isSeen[number] {
                _ = texts.tags.withBytes(of: number) { found.intern($0) }
            }
            guard found.count > 1 else {
                throw Diagnostic(path, "every token has the tag '\(found.text(of: 0))'", expected: "at least two tags")
            }
            tags = LabelSet.sorted(found).labels
        }
        let vocabulary = TaggingVocabulary(words: words, characters: try characters(texts, heldOut), tags: tags)
        let all = vocabulary.encode(texts)
        guard heldOut.contains(true) else { return (vocabulary, all, nil) }
        return (vocabulary, all.selecting { !heldOut[$0] }, all.selecting { heldOut[$0] })
    }

    /// Reads further sentences; their tags may be new.
    public func read(_ path: String, _ vocabulary: TaggingVocabulary) throws -> TaggedCorpus {
        vocabulary.encode(try texts(of: path, tagged: true))
    }

    /// Encodes sentences given as tokens with blanks between.
    ///
    /// - Returns: The sentences, and the tokens of each as they are spelled.
    public func encode(
        _ sentences: [String], _ vocabulary: TaggingVocabulary
    ) throws -> (corpus: TaggedCorpus, tokens: [[String]]) {
        var texts = TaggedTexts(configuration)
        var tokens: [[String]] = []
        for text in sentences {
            var sentence = TaggedSentence()
            let bytes = Array(text.utf8)
            var fields: [Range<Int>] = []
            bytes.span.findFields(&fields)
            for field in fields { sentence.tokens.append(token: bytes.span.extracting(field)) }
            try texts.append(sentence)
            tokens.append(sentence.tokens.texts)
        }
        return (vocabulary.encode(texts), tokens)
    }

    /// The files that a path stands for.
    package func files(of path: String) -> [String] {
        let tags = configuration.tagging.hiddenWords == nil ? PairedSentences.tagFile(of: path) : nil
        return [path] + (tags.map { [$0] } ?? [])
    }

    private func texts(of path: String, tagged: Bool) throws -> TaggedTexts {
        var texts = TaggedTexts(configuration)
        let tagging = configuration.tagging
        if tagging.hiddenWords != nil {
            try texts.read(PairedSentences(name: path, tagFile: nil))
        } else if let tags = PairedSentences.tagFile(of: path) {
            try texts.read(PairedSentences(name: path, tagFile: tags))
        } else {
            try texts.read(
                ColumnSentences(
                    name: path, tokenColumn: tagging.tokenColumn, tagColumn: tagging.tagColumn, tagged: tagged))
        }
        return texts
    }

    /// The characters of the training sentences' words, most frequent first.
    private func characters(_ texts: TaggedTexts, _ heldOut: [Bool]) throws -> Vocabulary {
        var table = Vocabulary.tableForCounting()
        var counts = [Int](repeating: 0, count: table.count)
        let spelled = (0..<texts.spellings.count).map { spelling in
            texts.spellings.text(of: spelling).unicodeScalars.map { Array(String($0).utf8) }
        }
        for sentence in 0..<texts.count where !heldOut[sentence] {
            for token in texts.offsets[sentence]..<texts.offsets[sentence + 1] {
                for character in spelled[Int(texts.tokenSpellings[token])] {
                    let number = table.intern(character.span)
                    if number == counts.count { counts.append(0) }
                    counts[number] += 1
                }
            }
        }
        var limits = DataConfiguration.VocabularyConfiguration()
        limits.minCount = 1
        return try Vocabulary.choose(from: table, counts: counts, limits: limits, subject: configuration.data.train)
            .vocabulary
    }
}
