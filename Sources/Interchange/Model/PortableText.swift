import Configuration
import SequenceData

/// How a text becomes the numbers of its tokens, as scripts of other frameworks have to do it.
///
/// In this order: accents are folded, letters lower-cased one by one, punctuation is removed; then words are what
/// stands between white space, characters are Unicode scalars. A token that is not in the vocabulary has number 1.
public struct PortableText: Equatable, Sendable {
    public enum Kind: String, Sendable { case words, characters, bytes }

    public let kind: Kind
    public let lowersCase: Bool
    public let stripsPunctuation: Bool
    public let foldsAccents: Bool
    /// Taggings: every digit is read as 0.
    public let mergesDigits: Bool
    /// Tokens behind it are not read; nil: all are. Language models have no limit here.
    public let maximumLength: Int?
    /// Entries in order: padding, the unknown token, then tokens. Of bytes: their two hexadecimal digits.
    public let vocabulary: [String]
    /// Language models: the number of the token before the first one and behind the last one.
    public let lineEnd: Int?

    init(_ configuration: RunConfiguration, vocabulary: [String], kind: Kind) {
        let data = configuration.resolved.data
        self.kind = kind
        // Of words between blanks, taggings strip nothing unless told to; bytes stay as they are.
        lowersCase = kind != .bytes && data.standardize.lowerCase ?? false
        stripsPunctuation = kind != .bytes && data.standardize.stripPunctuation ?? false
        foldsAccents = kind != .bytes && data.standardize.foldAccents ?? false
        mergesDigits = configuration.task == "tag" && configuration.tagging.mergeDigits
        maximumLength = configuration.task == "language_model" ? nil : data.maxLength
        self.vocabulary = vocabulary
        lineEnd = configuration.task == "language_model"
            ? vocabulary.firstIndex { $0.utf8.elementsEqual((kind == .bytes ? "0A" : RunningText.lineEnd).utf8) }
                ?? Int(Vocabulary.unknown) : nil
    }
}
