import Configuration
import SequenceData
import TestSupport
import XCTest

final class TaggedReaderTests: XCTestCase {
    private func configuration(_ train: String, _ change: (inout RunConfiguration) -> Void = { _ in })
        -> RunConfiguration
    {
        var configuration = RunConfiguration()
        configuration.data = DataConfiguration()
        configuration.data.tokens = .words
        configuration.data.train = train
        change(&configuration)
        return configuration
    }

    private func read(
        _ path: String, _ change: (inout RunConfiguration) -> Void = { _ in }
    ) throws -> (vocabulary: TaggingVocabulary, corpus: TaggedCorpus) {
        let read = try TaggedReader(configuration(path, change)).readTraining { _ in false }
        return (read.vocabulary, read.training)
    }

    /// Sentences as `word/TAG`, which is what a reader must find whatever the form of the file.
    private func sentences(_ read: (vocabulary: TaggingVocabulary, corpus: TaggedCorpus)) -> [String] {
        let (vocabulary, corpus) = read
        return (0..<corpus.count).map { sentence in
            (corpus.offsets[sentence]..<corpus.offsets[sentence + 1]).map { token in
                let tag = vocabulary.tags?.names[Int(corpus.tags[token])] ?? ""
                return "\(vocabulary.words.string(of: Int(corpus.words[token])))/\(tag)"
            }.joined(separator: " ")
        }
    }

    private static let columns = """
        -DOCSTART- -X- -X- O

        EU NNP B-NP B-ORG
        rejects VBZ B-VP O
        German JJ B-NP B-MISC

        -DOCSTART- -X- -X- O

        Peter NNP B-NP B-PER
        Blackburn NNP I-NP I-PER
        """

    func testColumnsAreATokenALineWithABlankLineBetweenSentences() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.conll", "\u{FEFF}" + Self.columns)
        XCTAssertEqual(sentences(try read(path)), ["EU/B-ORG rejects/O German/B-MISC", "Peter/B-PER Blackburn/I-PER"])
        XCTAssertEqual(
            sentences(try read(path) { $0.tagging.tagColumn = 2 }),
            ["EU/NNP rejects/VBZ German/JJ", "Peter/NNP Blackburn/NNP"])
        XCTAssertEqual(
            sentences(try read(path) { ($0.tagging.tokenColumn, $0.tagging.tagColumn) = (3, 1) })[1],
            "B-NP/Peter I-NP/Blackburn")
        let zipped = try folder.write("a.conll.gz", Gzip.member(Self.columns.replacing("\n", with: "\r\n")))
        XCTAssertEqual(sentences(try read(zipped)), sentences(try read(path)))
    }

    func testPairsOfFilesGoLineByLine() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("train.seq.in", "fly to  Boston\n\nnew york\n")
        _ = try folder.write("train.seq.out", "O O B-city\n\nB-city I-city\n\n\n")
        XCTAssertEqual(sentences(try read(path)), ["fly/O to/O Boston/B-city", "new/B-city york/I-city"])
        let zipped = try folder.write("z.in.gz", Gzip.member("fly to Boston"))
        _ = try folder.write("z.out.gz", Gzip.member("O O B-city"))
        XCTAssertEqual(sentences(try read(zipped)), ["fly/O to/O Boston/B-city"])
    }

    func testWordsAreStandardisedAndSpellingsAreNot() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.in", "Flight 1765 , 23 flights .")
        _ = try folder.write("a.out", "O B-n O B-n O O")
        XCTAssertEqual(sentences(try read(path)), ["Flight/O 1765/B-n ,/O 23/B-n flights/O ./O"])
        let merged = try read(path) {
            $0.tagging.mergeDigits = true
            $0.data.standardize.lowerCase = true
            $0.data.standardize.stripPunctuation = true
        }
        XCTAssertEqual(sentences(merged), ["flight/O 0000/B-n ,/O 00/B-n flights/O ./O"])
        let corpus = merged.corpus
        let spelled = corpus.spellings.map { spelling in
            corpus.characters[corpus.characterOffsets[Int(spelling)]..<corpus.characterOffsets[Int(spelling) + 1]]
                .map { merged.vocabulary.characters.string(of: Int($0)) }.joined()
        }
        XCTAssertEqual(spelled, ["Flight", "1765", ",", "23", "flights", "."])
    }

    func testTagsThatTrainingHasNotAreNumberedBehindTheOthers() throws {
        let folder = try TemporaryFolder()
        let training = try folder.write("a.in", "a b c")
        _ = try folder.write("a.out", "O B-x I-x")
        let further = try folder.write("b.in", "a d b")
        _ = try folder.write("b.out", "B-z O B-y")
        let reader = TaggedReader(configuration(training))
        let vocabulary = try reader.readTraining { _ in false }.vocabulary
        let corpus = try reader.read(further, vocabulary)
        XCTAssertEqual(vocabulary.tags?.names, ["B-x", "I-x", "O"])
        XCTAssertEqual(corpus.tags, [3, 2, 4])
        XCTAssertEqual(corpus.unknownTags, ["B-z", "B-y"])
        XCTAssertEqual(corpus.words, [2, 1, 3])
    }

    func testWhatIsHeldOutSettlesNoNumber() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.in", "a b\nc d\na é")
        _ = try folder.write("a.out", "O B-x\nB-y O\nO O")
        let read = try TaggedReader(configuration(path)).readTraining { $0 == 1 }
        XCTAssertEqual(read.vocabulary.words.strings, ["", "[UNK]", "a", "b", "é"])
        XCTAssertEqual(read.vocabulary.characters.strings, ["", "[UNK]", "a", "b", "é"])
        XCTAssertEqual(read.vocabulary.tags?.names, ["B-x", "O"])
        XCTAssertEqual(read.training.words, [2, 3, 2, 4])
        XCTAssertEqual(read.heldOut?.words, [1, 1])
        XCTAssertEqual(read.heldOut?.unknownTags, ["B-y"])
    }

    func testMalformedColumnsAreNamedWithTheirLine() throws {
        let folder = try TemporaryFolder()
        func expect(_ message: String, _ text: String, _ change: @escaping (inout RunConfiguration) -> Void = { _ in })
            throws
        {
            let path = try folder.write("a.txt", text)
            folder.expect(message) { _ = try self.read(path, change) }
        }
        try expect(
            "a.txt:2: line has 1 column, expected at least 2 (token in column 1, tag in the last); "
                + "set tagging.token_column and tagging.tag_column", "a O\nb\n")
        try expect(
            "a.txt:1: line has 2 columns, expected at least 4 (token in column 1, tag in column 4); "
                + "set tagging.token_column and tagging.tag_column", "a O\n") { $0.tagging.tagColumn = 4 }
        try expect("a.txt:3: line has 3 columns, expected 2 as in line 1; a token holds no blank", "a O\n\nb c O\n")
        try expect("a.txt: no sentence was found, expected at least one", "\n\n-DOCSTART- O\n")
        try expect("a.txt: every token has the tag 'O', expected at least two tags", "a O\nb O\n")
    }

    func testPairsThatDoNotMatchAreNamedWithTheirLine() throws {
        let folder = try TemporaryFolder()
        func expect(_ message: String, _ tokens: String, _ tags: String) throws {
            let path = try folder.write("a.in", tokens)
            _ = try folder.write("a.out", tags)
            folder.expect(message) { _ = try self.read(path) }
        }
        try expect("a.out:2: line has 1 tag, expected 2, one for each token of a.in:2", "a\nb c\n", "O\nO\n")
        try expect("a.out:2: line has 2 tags, expected 0, one for each token of a.in:2", "a\n\nb\n", "O\nO O\nO\n")
        try expect(
            "a.in:2: there is no such line in a.out, which has 1, expected as many lines of tags as of tokens",
            "a\nb\n", "O\n")
        try expect(
            "a.out:2: there is no such line in a.in, which has 1, expected as many lines of tags as of tokens", "a\n",
            "O\nO\n")
        let alone = try folder.write("b.in", "a")
        folder.expect("b.out: file does not exist; relative paths start at the folder the program runs in") {
            _ = try self.read(alone)
        }
    }

    func testTagsThatDoNotFitTheirSchemeAreNamedWithTheirLine() throws {
        let folder = try TemporaryFolder()
        func expect(_ scheme: TaggingConfiguration.Scheme, _ tags: String, _ message: String?) throws {
            let text = tags.split(separator: " ").map { "a \($0)\n" }.joined()
            let path = try folder.write("a.txt", text)
            let checked = { _ = try self.read(path) { $0.tagging.scheme = scheme } }
            if let message { folder.expect(message, checked) } else { try checked() }
        }
        let correct = "; correct the tag, or set tagging.scheme"
        try expect(.iob2, "O B-x I-x B-x O", nil)
        try expect(
            .iob2, "O I-x",
            "a.txt:2: tag 'I-x' of token 2 follows 'O', expected I-x only behind B-x or I-x (scheme iob2)\(correct)")
        try expect(
            .iob2, "I-x O",
            "a.txt:1: tag 'I-x' of token 1 begins the sentence, expected I-x only behind B-x or I-x (scheme iob2)\(correct)"
        )
        try expect(
            .iob2, "B-y I-x",
            "a.txt:2: tag 'I-x' of token 2 follows 'B-y', expected I-x only behind B-x or I-x (scheme iob2)\(correct)")
        try expect(
            .iob2, "O E-x",
            "a.txt:2: tag 'E-x' of token 2 is none of the scheme iob2, expected O, B-x or I-x; set tagging.scheme")
        try expect(
            .iob2, "O NNP",
            "a.txt:2: tag 'NNP' of token 2 is none of the scheme iob2, expected O, B-x or I-x; set tagging.scheme")
        try expect(.iob1, "I-x B-x I-x I-y O", nil)
        try expect(
            .iob1, "O B-x",
            "a.txt:2: tag 'B-x' of token 2 follows 'O', expected B-x only right behind a span of type x (scheme iob1)\(correct)"
        )
        try expect(.bioes, "S-x B-x I-x E-x O B-y E-y", nil)
        try expect(
            .bioes, "B-x O", "a.txt:2: tag 'O' of token 2 follows 'B-x', expected I-x or E-x (scheme bioes)\(correct)")
        try expect(
            .bioes, "O E-x",
            "a.txt:2: tag 'E-x' of token 2 follows 'O', expected O, B-x or S-x (scheme bioes)\(correct)")
        try expect(
            .bioes, "O B-x",
            "a.txt:2: tag 'B-x' of token 2 ends the sentence, expected I-x or E-x (scheme bioes)\(correct)")
        try expect(
            .bioes, "B-x S-x",
            "a.txt:2: tag 'S-x' of token 2 follows 'B-x', expected I-x or E-x (scheme bioes)\(correct)")
    }

    func testPlainTextHasWordsAndNoTags() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.txt", "the cat sat\n\non the mat\n")
        let read = try read(path) { $0.tagging.hiddenWords = 0.2 }
        XCTAssertNil(read.vocabulary.tags)
        XCTAssertEqual(read.corpus.tags, [])
        XCTAssertEqual(
            read.corpus.words.map { read.vocabulary.words.string(of: Int($0)) },
            ["the", "cat", "sat", "on", "the", "mat"])
        XCTAssertEqual(read.corpus.offsets, [0, 3, 6])
    }
}
