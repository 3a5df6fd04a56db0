import Configuration
import SequenceData
import XCTest

final class TokenizerTests: XCTestCase {
    private func tokens(
        _ text: String, _ kind: DataConfiguration.TokenKind, lower: Bool? = nil, strip: Bool? = nil, fold: Bool? = nil
    ) -> [String] {
        var data = DataConfiguration()
        data.tokens = kind
        data.standardize.lowerCase = lower
        data.standardize.stripPunctuation = strip
        data.standardize.foldAccents = fold
        var tokenizer = Tokenizer(data)
        var buffer = TokenBuffer()
        tokenizer.tokenize(Array("left over".utf8).span, into: &buffer)
        tokenizer.tokenize(Array(text.utf8).span, into: &buffer)
        return buffer.texts
    }

    /// The texts as bytes: `String` equality would take composed and decomposed letters as one.
    private func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    func testWordsAreThoseOfKerasTextVectorization() {
        XCTAssertEqual(
            tokens(
                "  It's Street's dwindling\\band,\tof\r\nultra-cynics (AP) $10.50 a_b \u{7E}!\"#%&*+/:;<=>?@[]^`{|} ",
                .words),
            ["its", "streets", "dwindlingband", "of", "ultracynics", "ap", "1050", "ab"])
    }

    func testLettersOutsideASCIIAreLowerCasedAndTheirPunctuationStripped() {
        XCTAssertEqual(tokens("ÉTÉ «Москва» — “naïve”… 東京。", .words), ["été", "москва", "naïve", "東京"])
        XCTAssertEqual(tokens("a\u{A0}b\u{2003}c\u{3000}d\u{85}e", .words), ["a", "b", "c", "d", "e"])
    }

    func testEachStandardisationIsASettingOfItsOwn() {
        XCTAssertEqual(tokens("It's ÉTÉ", .words, lower: false), ["Its", "ÉTÉ"])
        XCTAssertEqual(tokens("It's ÉTÉ.", .words, strip: false), ["it's", "été."])
        XCTAssertEqual(tokens("It's ÉTÉ.", .words, fold: true), ["its", "ete"])
    }

    func testCharactersAreUnicodeScalarsAndStayAsTheyAre() {
        XCTAssertEqual(
            bytes(tokens("Aé e\u{301}\r\n.", .characters)),
            bytes(["A", "é", " ", "e", "\u{301}", "\r", "\n", "."].map { $0 }))
        XCTAssertEqual(tokens("A-b", .characters, lower: true, strip: true), ["a", "b"])
        XCTAssertEqual(tokens("𝄞\u{0}", .characters), ["𝄞", "\u{0}"])
    }

    func testComposedAndDecomposedLettersAreDifferentTokensUnlessFolded() {
        XCTAssertEqual(bytes(tokens("\u{E9} e\u{301}", .words)), [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
        XCTAssertEqual(tokens("\u{E9} e\u{301}", .words, fold: true), ["e", "e"])
    }

    func testAccentsFoldToASCII() {
        let names = "Ślusàrski Øster Łódź Đặng Æsir Œuvre Kılıç İzmir Þór Guðrún Größe O’Neill Ǿ"
        XCTAssertEqual(
            tokens(names, .words, lower: false, strip: false, fold: true),
            [
                "Slusarski", "Oster", "Lodz", "Dang", "AEsir", "OEuvre", "Kilic", "Izmir", "Thor", "Gudrun", "Grosse",
                "O'Neill", "O",
            ])
        XCTAssertEqual(tokens("ßé", .characters, fold: true), ["s", "s", "e"])
        XCTAssertEqual(tokens("İ", .words, fold: true), ["i"])
        XCTAssertEqual(tokens("Я東", .characters, fold: true), ["Я", "東"])
    }

    func testATextWithoutATokenGivesNone() {
        XCTAssertEqual(tokens(" ... \u{3000} — ", .words), [])
        XCTAssertEqual(tokens("", .characters), [])
    }
}
