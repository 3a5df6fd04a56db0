import Configuration
import SequenceData
import TestSupport
import XCTest

final class DelimitedReaderTests: XCTestCase {
    private func records(_ path: String, separator: Character = ",", chunk: Int = 1 << 18) throws -> [[String]] {
        var reader = try DelimitedReader(path: path, separator: separator.asciiValue ?? 0, chunk: chunk)
        var records: [[String]] = []
        while try reader.next() {
            let bytes = reader.file.bytes.span
            records.append(["\(reader.line)"] + reader.fields.map { bytes.extracting($0).text })
        }
        return records
    }

    func testQuotedFieldsHoldSeparatorsQuotesAndLineEnds() throws {
        let folder = try TemporaryFolder()
        let text = "a,\"b,c\",\"d \"\"e\"\"\"\r\n\"x\r\ny\",,\"\"\n\"\"\"\",\"\n\n\",z\nlast,\"q\",\"r\""
        let path = try folder.write("a.csv", text)
        let expected = [
            ["1", "a", "b,c", "d \"e\""], ["2", "x\r\ny", "", ""], ["4", "\"", "\n\n", "z"], ["7", "last", "q", "r"],
        ]
        for chunk in [4, 5, 6, 7, 8, 13, 1000] {
            XCTAssertEqual(try records(path, chunk: chunk), expected, "chunk \(chunk)")
        }
    }

    func testBackslashesAndQuotesInsideUnquotedFieldsArePlain() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.csv", "\"3\",\"dwindling\\band \\\"\n4,5\" pipe\n")
        XCTAssertEqual(try records(path), [["1", "3", "dwindling\\band \\"], ["2", "4", "5\" pipe"]])
    }

    func testTabsSeparateWhenAskedFor() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.tsv", "a\tb, c\n\td\r\n")
        XCTAssertEqual(try records(path, separator: "\t"), [["1", "a", "b, c"], ["2", "", "d"]])
    }

    func testBlankLinesArePassedOverAndCounted() throws {
        let folder = try TemporaryFolder()
        var reader = try DelimitedReader(path: try folder.write("a.csv", "\na,b\n\r\n\nc,d\n\n"), separator: 0x2C)
        var lines: [Int] = []
        while try reader.next() { lines.append(reader.line) }
        XCTAssertEqual(lines, [2, 5])
        XCTAssertEqual(reader.blankLines, 4)
    }

    func testAnUnclosedQuoteIsNamedWithTheLineWhereItOpened() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.csv", "a,\"b\nb\"\nc,\"d\ne\",\"f\ng\n")
        folder.expect(
            "a.csv:4: the quotation mark that opens here is never closed; write a quotation mark inside a quoted field twice"
        ) { _ = try records(path) }
    }

    func testTextAfterAClosingQuoteIsAnError() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.csv", "a,b\nc,\"d\" e\n")
        folder.expect(
            "a.csv:2: text follows a closing quotation mark, expected a separator or the end of the line; "
                + "write a quotation mark inside a quoted field twice"
        ) { _ = try records(path) }
    }

    func testARowWiderThanTheFirstIsAnError() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.csv", "a,b\nc,d, e\n")
        folder.expect(
            "a.csv:2: row has 3 fields, expected 2 as in line 1; put quotation marks around a field that holds a comma"
        ) { _ = try records(path) }
    }

    func testBytesThatAreNotUTF8AreNamedWithTheirOwnLineInsideARecord() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.csv", Array("a,b\nc,\"d\n".utf8) + [0xFF] + Array("\"\n".utf8))
        folder.expect("a.csv:3: byte 0xFF is not UTF-8; convert the file, for example with iconv -f latin1 -t utf8") {
            _ = try records(path)
        }
    }

    func testColumnsAreFoundByNumberAndByName() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.csv", " id ,text,\"the label\"\n1,x,y\n")
        func select(_ columns: [DataConfiguration.Column], header: Bool? = nil) throws -> [Int] {
            var reader = try DelimitedReader(path: path, separator: 0x2C)
            return try ColumnSelection(columns.map { ("text", $0) }, header: header, in: &reader).indices
        }
        XCTAssertEqual(try select([.name("the label"), .name("id")]), [2, 0])
        XCTAssertEqual(try select([.number(3), .number(1)]), [2, 0])
        folder.expect("a.csv: there is no column 'title' (data.columns.text), expected one of: id, text, the label") {
            _ = try select([.name("title")])
        }
        folder.expect("a.csv: there is no column 4 (data.columns.text), expected at most 3: id, text, the label") {
            _ = try select([.number(4)], header: true)
        }
        folder.expect("data.columns: columns are given by name, but data.header is false, expected column numbers") {
            _ = try select([.name("text")], header: false)
        }
        folder.expect("data.columns.text: column number is 0, expected 1 or more") { _ = try select([.number(0)]) }
    }

    func testAColumnNameThatAppearsTwiceIsAmbiguous() throws {
        let folder = try TemporaryFolder()
        var reader = try DelimitedReader(path: try folder.write("a.csv", "text,text\nx,y\n"), separator: 0x2C)
        folder.expect(
            "a.csv: 2 columns are named 'text' (data.columns.text), expected one; give the column by its number"
        ) { _ = try ColumnSelection([("text", .name("text"))], header: nil, in: &reader) }
    }
}
