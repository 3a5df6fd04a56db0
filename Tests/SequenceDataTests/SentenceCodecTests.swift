import Configuration
import SequenceData
import XCTest

final class SentenceCodecTests: XCTestCase {
    private let sentences = [
        "A man's dog (it's brown) doesn't bark.", "“Wait...” -- 10.5% of 1,000 x/y; e.g. <b>!",
        "Zwei junge Männer, im Freien.",
        "¿Qué? «oui» – naïve e\u{301} 東京。", "a </w> b",
    ]

    private func codec(_ tokens: SentenceCodec.Tokens, _ texts: [String], lowerCase: Bool = false) throws
        -> SentenceCodec
    {
        var standardize = DataConfiguration.Standardization()
        standardize.lowerCase = lowerCase
        return try SentenceCodec.fit([TextLines(texts)], tokens, standardize, limits: .init(), subject: "train.tsv")
    }

    private func pieces(_ text: String) -> [String] {
        var tokenizer = SentenceTokenizer(areCharacters: false, .init(), merges: nil)
        var buffer = TokenBuffer()
        tokenizer.tokenize(Array(text.utf8).span, into: &buffer)
        return buffer.texts.map { $0.replacing("\u{FFED}", with: "+") }
    }

    func testEveryKindOfTokenGivesTheSentenceBack() throws {
        for tokens in [
            SentenceCodec.Tokens.words, .characters, .subwords(merges: 0), .subwords(merges: 7), .subwords(merges: 500),
        ] {
            var codec = try codec(tokens, sentences)
            for sentence in sentences {
                let numbers = codec.encode(sentence)
                XCTAssertFalse(numbers.contains(Vocabulary.unknown), sentence)
                XCTAssertEqual(
                    Array(codec.text(of: numbers + [SentenceCodec.boundary, 2]).utf8), Array(sentence.utf8), "\(tokens)"
                )
            }
        }
    }

    func testAWordIsTheSameTokenBesidePunctuation() {
        XCTAssertEqual(pieces("(it's) it, s"), ["(+", "it", "+'+", "s", "+)", "it", "+,", "s"])
        XCTAssertEqual(pieces("... -a- b"), [".", "+.", "+.", "-+", "a", "+-", "b"])
    }

    func testWhiteSpaceOfAnyKindIsOneBlankAndAJoinerInATextIsASquare() throws {
        var codec = try codec(.words, ["a\u{3000} \tb ￭￭"])
        XCTAssertEqual(codec.text(of: codec.encode("a\u{3000} \tb ￭￭")), "a b \u{25A0}\u{25A0}")
    }

    func testLettersAreLoweredWhereAsked() throws {
        var codec = try codec(.subwords(merges: 50), ["The THE the"], lowerCase: true)
        XCTAssertEqual(codec.encode("thE"), codec.encode("The"))
        XCTAssertEqual(codec.text(of: codec.encode("THE The")), "the the")
    }

    func testAStoredCodecIsEqualAndReadsAlike() throws {
        let first = try codec(.subwords(merges: 30), sentences)
        var second = try SentenceCodec(
            vocabulary: first.vocabulary.strings, merges: first.mergeTexts, .subwords(merges: 30), .init(),
            subject: "checkpoint")
        XCTAssertTrue(first == second)
        var copy = first
        XCTAssertEqual(second.encode(sentences[0]), copy.encode(sentences[0]))
    }

    func testWhatNoTextHeldIsUnknown() throws {
        var codec = try codec(.subwords(merges: 10), ["ab ab"])
        XCTAssertEqual(codec.encode("ab q"), [codec.vocabulary.number(of: "ab</w>"), Vocabulary.unknown])
        XCTAssertEqual(codec.encode(" "), [Vocabulary.unknown])
    }
}
