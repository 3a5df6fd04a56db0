import Configuration
import Diagnostics

/// Sentences as read, before words and tags have the numbers of a model.
struct TaggedTexts {
    /// Distinct words as the embedding sees them, and as they are spelled.
    var forms = Vocabulary.tableForCounting(), spellings = ByteStringTable()
    var tags = ByteStringTable()
    /// Numbers of each token's form, spelling and tag; `tokenTags` is empty where there are no tags.
    var tokenForms: [Int32] = [], tokenSpellings: [Int32] = [], tokenTags: [Int32] = []
    /// Sentence `i` owns the tokens `offsets[i] ..< offsets[i + 1]`.
    var offsets = [0]
    /// Sentences that lost what comes after `data.max_length`.
    var cut = 0
    private var wordForm: WordForm
    private let maxLength: Int
    private let scheme: TagScheme?

    init(_ configuration: RunConfiguration) {
        wordForm = WordForm(configuration)
        maxLength = configuration.data.maxLength ?? .max
        scheme = configuration.tagging.scheme.flatMap { TagScheme(rawValue: $0.rawValue) }
    }

    var count: Int { offsets.count - 1 }

    /// Reads all sentences of a source.
    ///
    /// - Throws: `Diagnostic` where tags do not fit the scheme, or there is no sentence.
    mutating func read(_ source: any TaggedSource) throws {
        try source.forEach { try append($0) }
        if count == 0 { throw Diagnostic(source.name, "no sentence was found", expected: "at least one") }
    }

    mutating func append(_ sentence: TaggedSentence) throws {
        let kept = min(sentence.tokens.count, maxLength)
        if kept < sentence.tokens.count { cut += 1 }
        if let scheme, sentence.tags.count > 0 { try scheme.check(sentence.tags.texts) { sentence.place(ofTag: $0) } }
        let bytes = sentence.tokens.bytes.span
        for token in 0..<kept {
            let spelling = bytes.extracting(sentence.tokens.range(of: token))
            tokenSpellings.append(Int32(spellings.intern(spelling)))
            tokenForms.append(wordForm.withForm(of: spelling) { Int32(forms.intern($0)) })
            if sentence.tags.count > 0 {
                tokenTags.append(
                    Int32(tags.intern(sentence.tags.bytes.span.extracting(sentence.tags.range(of: token)))))
            }
        }
        offsets.append(tokenForms.count)
    }
}

/// What the embedding sees of a word: lower-cased and so on as `data.standardize` says, digits merged.
///
/// Unlike in a classification, words stay as they are unless the configuration says otherwise: punctuation is a token
/// with a tag, and capitals tell names.
struct WordForm {
    private var tokenizer: Tokenizer
    private let mergesDigits: Bool
    private var tokens = TokenBuffer()
    private var form: [UInt8] = []

    init(_ configuration: RunConfiguration) {
        var data = configuration.data
        data.tokens = .words
        data.standardize.lowerCase = data.standardize.lowerCase ?? false
        data.standardize.stripPunctuation = data.standardize.stripPunctuation ?? false
        tokenizer = Tokenizer(data)
        mergesDigits = configuration.tagging.mergeDigits
    }

    mutating func withForm<Result>(of word: borrowing Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result {
        tokenizer.tokenize(word, into: &tokens)
        // A word of nothing but what is stripped stays as it is.
        if tokens.count == 0 { tokens.append(token: word) }
        form.removeAll(keepingCapacity: true)
        for byte in tokens.bytes {
            form.append(
                mergesDigits && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? UInt8(ascii: "0") : byte)
        }
        return body(form.span)
    }
}
