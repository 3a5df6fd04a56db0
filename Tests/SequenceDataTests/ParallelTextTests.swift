import Configuration
import SequenceData
import TestSupport
import XCTest

final class ParallelTextTests: XCTestCase {
    private let columns = (source: DataConfiguration.Column.number(1), target: DataConfiguration.Column.number(2))

    private func read(_ path: String, header: Bool? = nil) throws -> ParallelText {
        try ParallelText(path, columns: columns, header: header)
    }

    func testTwoFilesAreReadLineByLinePlainOrGzip() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("t.en.gz", Gzip.member("a dog\r\n\ntwo\n"))
        _ = try folder.write("t.de.gz", "ein Hund\n \nzwei")
        let text = try read("\(folder.path)/t.{en,de}.gz")
        XCTAssertEqual(text.source.texts, ["a dog", "two"])
        XCTAssertEqual(text.target.texts, ["ein Hund", "zwei"])
        XCTAssertEqual(text.blankLines, 1)
    }

    func testColumnsOfATableAreReadByNumberOrName() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("t.tsv", "de\tn\ten\nein Hund\t1\ta dog\n\nzwei\t2\ttwo\n")
        let text = try ParallelText(path, columns: (.name("en"), .name("de")), header: nil)
        XCTAssertEqual(text.source.texts, ["a dog", "two"])
        XCTAssertEqual(text.target.texts, ["ein Hund", "zwei"])
    }

    func testWhatIsWrongIsNamedByFileAndLine() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("a.en", "1\n2\n3\n")
        _ = try folder.write("a.de", "1\n2\n")
        folder.expect(
            "a.de: has 2 lines, expected 3 as in a.en; each line is the counterpart of the same line of the other file"
        ) {
            _ = try read("\(folder.path)/a.{en,de}")
        }
        _ = try folder.write("b.en", "1\n2\n3\n")
        _ = try folder.write("b.de", "1\n \n3\n")
        folder.expect("b.de:2: target is empty, expected the counterpart of the source in b.en:2") {
            _ = try read("\(folder.path)/b.{en,de}")
        }
        folder.expect("b.de:2: source is empty, expected the counterpart of the target in b.en:2") {
            _ = try read("\(folder.path)/b.{de,en}")
        }
        _ = try folder.write("c.tsv", "1\t1\n2\n")
        folder.expect(
            "c.tsv:2: row has 1 field, expected at least 2 (source in column 1, target in column 2); set data.columns, or data.format "
                + "if fields are separated by something else"
        ) { _ = try read("\(folder.path)/c.tsv") }
        _ = try folder.write("d.csv", "1,\n")
        folder.expect("d.csv:1: target is empty, expected the counterpart of the source in d.csv:1") {
            _ = try read("\(folder.path)/d.csv")
        }
        folder.expect(
            "train: is neither two files nor a table, expected a path like train.{en,de}, or one that ends in .tsv or .csv"
        ) {
            _ = try read("train")
        }
        _ = try folder.write("e.en", "\n")
        _ = try folder.write("e.de", "\n")
        folder.expect("e.{en,de}: no pair of texts was found, expected at least one") {
            _ = try read("\(folder.path)/e.{en,de}")
        }
        folder.expect("f.en: file does not exist; relative paths start at the folder the program runs in") {
            _ = try read("\(folder.path)/f.{en,de}")
        }
    }

    func testPairsWithALongSideAreSkippedAndCounted() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("t.tsv", "a b c\tx\na\tx y z\na b\tx y\n")
        let text = try read(path)
        let codec = try SentenceCodec.fit([text.source, text.target], .words, .init(), limits: .init(), subject: path)
        let pairs = SentencePairs(text, codec, codec, maxLength: 2)
        XCTAssertEqual(pairs.count, 1)
        XCTAssertEqual(pairs.skippedPairs, 2)
        XCTAssertEqual(pairs.lines, [2])
        XCTAssertEqual(codec.text(of: pairs.source.tokens), "a b")
        XCTAssertEqual(pairs.target.tokens.last, SentenceCodec.boundary)
        XCTAssertEqual(pairs.lengths, [5])
    }
}
