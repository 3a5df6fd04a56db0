import Configuration
import SequenceData
import TestSupport
import XCTest

final class TextCorpusTests: XCTestCase {
    private func words(_ path: String) -> DataConfiguration {
        var data = DataConfiguration()
        data.train = path
        data.tokens = .words
        return data
    }

    /// The texts of a corpus, decoded again.
    private func texts(_ corpus: EncodedCorpus, _ vocabulary: Vocabulary?) -> [String] {
        (0..<corpus.count).map { example in
            corpus.tokens[corpus.range(of: example)].map { vocabulary?.string(of: Int($0)) ?? "?" }.joined(
                separator: " ")
        }
    }

    func testTheVocabularyIsOrderedByFallingFrequencyThenByBytes() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("train.csv", "b,the of z the of é e\u{301}\na,the zz A\nb,zz\n")
        let data = try CorpusReader(words(path)).readTraining()
        XCTAssertEqual(
            data.vocabulary?.strings.map { Array($0.utf8) },
            ["", "[UNK]", "the", "of", "zz", "a", "e\u{301}", "z", "é"].map { Array($0.utf8) })
        XCTAssertEqual(data.labels.names, ["a", "b"])
        XCTAssertEqual(data.training.labels, [1, 0, 1])
        XCTAssertEqual(data.training.offsets, [0, 7, 10, 11])
        XCTAssertEqual(data.training.tokens, [2, 3, 7, 2, 3, 8, 6, 2, 4, 5, 4])
        XCTAssertEqual(data.training.statistics.rows, 3)
        XCTAssertNil(data.heldOut)
    }

    func testSizeMinimumCountAndFitRowsLimitTheVocabulary() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("train.tsv", "a\tx x x y y z\nb\tq q q q\na\tq y\n")
        var data = words(path)
        data.vocabulary.size = 4
        XCTAssertEqual(try CorpusReader(data).readTraining().vocabulary?.strings, ["", "[UNK]", "q", "x"])
        data.vocabulary.size = nil
        data.vocabulary.minCount = 3
        XCTAssertEqual(try CorpusReader(data).readTraining().vocabulary?.strings, ["", "[UNK]", "q", "x", "y"])
        data.vocabulary.minCount = 1
        data.vocabulary.fitRows = 1
        let fitted = try CorpusReader(data).readTraining()
        XCTAssertEqual(fitted.vocabulary?.strings, ["", "[UNK]", "x", "y", "z"])
        XCTAssertEqual(fitted.training.tokens, [2, 2, 2, 3, 3, 4, 1, 1, 1, 1, 1, 3])
        XCTAssertEqual(fitted.training.unknownTokens, 5)
    }

    func testHeldOutExamplesAreNotInTheVocabulary() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("train.csv", "a,x\nb,y y y\na,z\nc,x z\n")
        let data = try CorpusReader(words(path)).readTraining { $0 == 1 }
        XCTAssertEqual(data.vocabulary?.strings, ["", "[UNK]", "x", "z"])
        XCTAssertEqual(data.labels.names, ["a", "b", "c"])
        XCTAssertEqual(texts(data.training, data.vocabulary), ["x", "z", "x z"])
        XCTAssertEqual(data.training.labels, [0, 0, 2])
        XCTAssertEqual(data.heldOut?.tokens, [1, 1, 1])
        XCTAssertEqual(data.heldOut?.labels, [1])
        folder.expect("data.validation_fraction: all 4 examples are held out, expected some to train on") {
            _ = try CorpusReader(words(path)).readTraining { _ in true }
        }
    }

    func testTextBehindTheMaximalLengthIsCutAndCounted() throws {
        let folder = try TemporaryFolder()
        var data = words(try folder.write("train.csv", "a,x y z z\nb,x y\n"))
        data.maxLength = 2
        let training = try CorpusReader(data).readTraining()
        XCTAssertEqual(texts(training.training, training.vocabulary), ["x y", "x y"])
        XCTAssertEqual(training.training.statistics.cutSequences, 1)
        let further = try CorpusReader(data).encode(["z z z", "z"], vocabulary: training.vocabulary)
        XCTAssertEqual(further.offsets, [0, 2, 3])
        XCTAssertEqual(further.statistics.cutSequences, 1)
    }

    func testAnEmptyTextIsTheUnknownTokenOrSkipped() throws {
        let folder = try TemporaryFolder()
        var data = words(try folder.write("train.csv", "a,x\nb,...\n\nb,y\n"))
        let unknown = try CorpusReader(data).readTraining().training
        XCTAssertEqual(unknown.tokens, [2, 1, 3])
        XCTAssertEqual(unknown.statistics.emptyTexts, 1)
        XCTAssertEqual(unknown.statistics.blankLines, 1)
        data.emptyText = .skip
        var asked: [Int] = []
        let skipped = try CorpusReader(data).readTraining { asked.append($0); return false }
        XCTAssertEqual(skipped.training.tokens, [2, 3])
        XCTAssertEqual(skipped.training.labels, [0, 1])
        XCTAssertEqual(skipped.training.statistics.rows, 3)
        XCTAssertEqual(asked, [0, 1])
        XCTAssertEqual(
            try CorpusReader(data).read(data.train, vocabulary: skipped.vocabulary, labels: skipped.labels).count, 2)
        XCTAssertEqual(
            try CorpusReader(data).readUnlabelled(data.train, vocabulary: skipped.vocabulary).corpus.tokens, [2, 1, 3])
        XCTAssertEqual(try CorpusReader(data).encode(["", "y"], vocabulary: skipped.vocabulary).tokens, [1, 3])
    }

    func testSeveralTextColumnsAreJoinedWithASpace() throws {
        let folder = try TemporaryFolder()
        var data = words(
            try folder.write("train.csv", "class,title,more,body\na, One ,skip,\"two\nthree\"\nb,x,skip,y\n"))
        data.columns.label = .name("class")
        data.columns.text = [.name("title"), .name("body")]
        let training = try CorpusReader(data).readTraining()
        XCTAssertEqual(texts(training.training, training.vocabulary), ["one two three", "x y"])
        XCTAssertEqual(
            try CorpusReader(data).readUnlabelled(data.train, vocabulary: training.vocabulary).corpus.labels, [])
    }

    func testValidationDataIsReadWithTheTrainingVocabularyAndLabels() throws {
        let folder = try TemporaryFolder()
        let data = words(try folder.write("train.csv", "a,x x y\nb,y\n"))
        let training = try CorpusReader(data).readTraining()
        let validation = try folder.write("test.csv", "b,y new x\n")
        let corpus = try CorpusReader(data).read(validation, vocabulary: training.vocabulary, labels: training.labels)
        XCTAssertEqual(corpus.tokens, [3, 1, 2])
        XCTAssertEqual(corpus.labels, [1])
        let wrong = try folder.write("wrong.csv", "b,\"y\nz\"\nc,x\n")
        folder.expect("wrong.csv:3: label 'c' is unknown, expected one of: a, b") {
            _ = try CorpusReader(data).read(wrong, vocabulary: training.vocabulary, labels: training.labels)
        }
    }

    func testListedLabelsKeepTheirOrderAndMayBeUnseen() throws {
        let folder = try TemporaryFolder()
        var data = words(try folder.write("train.csv", "a,x\nb,y\n"))
        data.labels = ["never", "b", "a"]
        let training = try CorpusReader(data).readTraining()
        XCTAssertEqual(training.training.labels, [2, 1])
        XCTAssertEqual(training.training.examplesPerClass(3), [0, 1, 1])
        data.labels = ["b", "never"]
        folder.expect("train.csv:1: label 'a' is unknown, expected one of: b, never") {
            _ = try CorpusReader(data).readTraining()
        }
    }

    func testDataThatTeachesNothingIsRefused() throws {
        let folder = try TemporaryFolder()
        var data = words(try folder.write("train.csv", "a,x\na,y\n"))
        let oneClass =
            "train.csv: all 2 examples are of class 'a', expected at least two classes; check data.columns.label"
        folder.expect(oneClass) { _ = try CorpusReader(data).readTraining() }
        data.labels = ["b", "a"]
        folder.expect(oneClass) { _ = try CorpusReader(data).readTraining() }
        data.labels = []

        data.header = true
        data.train = try folder.write("header.csv", "label,text\n")
        folder.expect(
            "header.csv: no example was found, expected at least one example; check data.format and data.header"
        ) {
            _ = try CorpusReader(data).readTraining()
        }
        data.header = nil
        data.train = try folder.write("dots.csv", "a,...\nb,--\n")
        folder.expect(
            "dots.csv: vocabulary of size 0: none of 0 different tokens is left, expected at least one "
                + "(data.vocabulary.min_count is 1); check data.columns, data.standardize and data.vocabulary"
        ) { _ = try CorpusReader(data).readTraining() }
        data.emptyText = .skip
        folder.expect(
            "dots.csv: all 2 texts are empty, expected at least one example; check data.columns.text and data.standardize"
        ) { _ = try CorpusReader(data).readTraining() }
        data.train = try folder.write("small.csv", "a,x\nb,y\n")
        data.vocabulary.size = 2
        folder.expect(
            "data.vocabulary.size: vocabulary of size 0: 2 entries leave no room for a token, "
                + "expected at least 3, padding and unknown included"
        ) { _ = try CorpusReader(data).readTraining() }
    }

    func testARowWithTooFewFieldsIsNamedWithTheLineWhereItStarts() throws {
        let folder = try TemporaryFolder()
        var data = words(try folder.write("train.csv", "a,b,\"c\nc\"\n\"d\nd\",e\n"))
        data.columns.text = [.number(3)]
        folder.expect(
            "train.csv:3: row has 2 fields, expected at least 3 (label in column 1, text in column 3); "
                + "set data.columns, or data.format if fields are separated by something else"
        ) { _ = try CorpusReader(data).readTraining() }
        data.columns.text = []
        folder.expect("data.columns.text: no column is listed, expected at least one") {
            _ = try CorpusReader(data).readTraining()
        }
        data.columns.text = [.number(2)]
        data.train = try folder.write("label.csv", "a,x\n ,y\n")
        folder.expect("label.csv:2: label is empty") { _ = try CorpusReader(data).readTraining() }
    }

    func testFormatsAreToldByThePath() throws {
        let folder = try TemporaryFolder()
        var data = words(try folder.write("train.csv.gz", Gzip.member("a,x\nb,y\n")))
        XCTAssertEqual(try CorpusReader(data).readTraining().training.count, 2)
        data.train = try folder.write("train.txt", "a,x\nb,y\n")
        folder.expect(
            "train.txt: cannot tell the format from the name, expected a folder, or a name that ends in .csv or .tsv; set data.format"
        ) { _ = try CorpusReader(data).readTraining() }
        data.format = .csv
        XCTAssertEqual(try CorpusReader(data).readTraining().training.count, 2)
        data.format = .ucr
        folder.expect(
            "data.tokens: train.txt holds numeric sequences (ucr), but data.tokens is words, expected values; "
                + "set data.tokens or data.format"
        ) { _ = try CorpusReader(data).readTraining() }
        data.format = .automatic
        data.train = folder.path + "/missing"
        folder.expect("missing: file does not exist; relative paths start at the folder the program runs in") {
            _ = try CorpusReader(data).readTraining()
        }
        data.train = "builtin:names"
        folder.expect(
            "builtin:names: there is no such built-in data, expected builtin:surnames or builtin:temporal-order"
        ) {
            _ = try CorpusReader(data).readTraining()
        }
    }

    func testTheFingerprintTellsCorporaApart() throws {
        let folder = try TemporaryFolder()
        func fingerprint(_ text: String) throws -> [UInt8] {
            var bytes: [UInt8] = []
            let corpus = try CorpusReader(words(try folder.write("train.csv", text))).readTraining().training
            corpus.withFingerprintBytes { bytes.append(contentsOf: $0) }
            return bytes
        }
        let first = try fingerprint("a,x y\nb,x\n")
        XCTAssertEqual(first, try fingerprint("a,x y\nb,x\n"))
        XCTAssertNotEqual(first, try fingerprint("b,x y\na,x\n"))
        XCTAssertNotEqual(first, try fingerprint("a,x\nb,x y\n"))
    }

    func testLinesOfAFileAreTextsToPredict() throws {
        let folder = try TemporaryFolder()
        XCTAssertEqual(try CorpusReader.lines(of: try folder.write("a.txt", "one\r\n\ntwo")), ["one", "", "two"])
    }
}
