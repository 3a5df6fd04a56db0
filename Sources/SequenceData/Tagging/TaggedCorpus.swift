import Configuration
import Diagnostics

/// Sentences as a tagging network takes them; the number of a sentence is its position.
public struct TaggedCorpus: Equatable, Sendable {
    /// The word of each token, in the vocabulary.
    public internal(set) var words: [Int32] = []
    /// The tag of each token; those above the model's are in `unknownTags`. Empty where the data has no tags.
    public internal(set) var tags: [Int32] = []
    /// Tags that the model does not know, numbered behind its own.
    public internal(set) var unknownTags: [String] = []
    /// Sentence `i` owns the tokens `offsets[i] ..< offsets[i + 1]`, at least one.
    public internal(set) var offsets: [Int] = [0]
    /// The distinct spelling of each token, and the characters of each spelling:
    /// `characters[characterOffsets[s] ..< characterOffsets[s + 1]]`.
    public internal(set) var spellings: [Int32] = []
    public internal(set) var characters: [Int32] = []
    public internal(set) var characterOffsets: [Int] = [0]
    /// Sentences cut at `data.max_length`, of the reading that these come from, even if only part of them is here.
    public internal(set) var cutSentences = 0

    package init() {}

    public var count: Int { offsets.count - 1 }
    public var lengths: [Int32] { (0..<count).map { Int32(truncatingIfNeeded: offsets[$0 + 1] - offsets[$0]) } }

    /// Tokens that are not in the vocabulary.
    public var unknownWords: Int { words.count { $0 == Vocabulary.unknown } }

    /// The sentences for which `isIncluded` holds, renumbered in the same order.
    public func selecting(_ isIncluded: (_ sentence: Int) -> Bool) -> TaggedCorpus {
        var selected = self
        (selected.words, selected.tags, selected.spellings, selected.offsets) = ([], [], [], [0])
        for sentence in 0..<count where isIncluded(sentence) {
            let range = offsets[sentence]..<offsets[sentence + 1]
            selected.words += words[range]
            if !tags.isEmpty { selected.tags += tags[range] }
            selected.spellings += spellings[range]
            selected.offsets.append(selected.words.count)
        }
        return selected
    }

    /// Hands out the bytes that tell these sentences from others, in several pieces.
    public func withFingerprintBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
        [Int64(count), Int64(unknownTags.count)].withUnsafeBytes(body)
        offsets.withUnsafeBytes(body)
        words.withUnsafeBytes(body)
        tags.withUnsafeBytes(body)
        spellings.withUnsafeBytes(body)
        characterOffsets.withUnsafeBytes(body)
        characters.withUnsafeBytes(body)
    }
}

/// What gives words, characters and tags their numbers.
public struct TaggingVocabulary: Equatable, Sendable {
    public let words: Vocabulary
    /// Unicode scalars.
    public let characters: Vocabulary
    /// Nil where words themselves are predicted.
    public let tags: LabelSet?

    public init(words: Vocabulary, characters: Vocabulary, tags: LabelSet?) {
        self.words = words
        self.characters = characters
        self.tags = tags
    }

    func encode(_ texts: TaggedTexts) -> TaggedCorpus {
        var corpus = TaggedCorpus()
        let forms = (0..<texts.forms.count).map { texts.forms.withBytes(of: $0, words.number) }
        corpus.words = texts.tokenForms.map { forms[Int($0)] }
        corpus.offsets = texts.offsets
        corpus.cutSentences = texts.cut
        corpus.spellings = texts.tokenSpellings
        for spelling in 0..<texts.spellings.count {
            for scalar in texts.spellings.text(of: spelling).unicodeScalars {
                corpus.characters.append(characters.number(of: String(scalar)))
            }
            corpus.characterOffsets.append(corpus.characters.count)
        }
        if let tags, !texts.tokenTags.isEmpty {
            let known = (0..<texts.tags.count).map { texts.tags.withBytes(of: $0, tags.find) }
            var numbers: [Int32] = []
            for (number, tag) in known.enumerated() {
                numbers.append(tag ?? Int32(tags.count + corpus.unknownTags.count))
                if tag == nil { corpus.unknownTags.append(texts.tags.text(of: number)) }
            }
            corpus.tags = texts.tokenTags.map { numbers[Int($0)] }
        }
        return corpus
    }
}
