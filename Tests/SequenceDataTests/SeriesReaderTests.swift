import Configuration
import SequenceData
import TestSupport
import XCTest

final class SeriesReaderTests: XCTestCase {
    private func read(
        _ folder: TemporaryFolder, _ text: String, values: [DataConfiguration.Column] = [], header: Bool? = nil,
        name: String = "s.csv", like names: [String]? = nil
    ) throws -> SeriesTable {
        var data = DataConfiguration()
        data.columns.values = values
        data.header = header
        return try SeriesReader(data).read(try folder.write(name, text), names: names)
    }

    func testHeaderAndDatesAreTold() throws {
        let folder = try TemporaryFolder()
        let quoted = try read(folder, "\"Date\",\"Temp\"\n\"1981-01-01\",20.7\n\"1981-01-02\",17.9")
        XCTAssertEqual(quoted.names, ["Temp"])
        XCTAssertEqual(quoted.values, [20.7, 17.9])
        XCTAssertEqual(quoted.dates, ["1981-01-01", "1981-01-02"])
        let bare = try read(folder, "1\t2\n3\t4\n5\t6\n\n\n", name: "s.tsv")
        XCTAssertEqual(bare.names, ["column 1", "column 2"])
        XCTAssertEqual(bare.values, [1, 2, 3, 4, 5, 6])
        XCTAssertEqual(bare.dates, [])
        XCTAssertEqual(bare.count, 3)
        XCTAssertEqual(bare[2, 1], 6)
        let years = try read(folder, "1949,112\n1950,118\n", values: [.number(2)], header: true)
        XCTAssertEqual(years.names, ["112"])
        XCTAssertEqual(years.values, [118])
    }

    func testColumnsAreChosenByNameOrNumber() throws {
        let folder = try TemporaryFolder()
        let text = "t,a,b,note\nx,1,2,u\ny,3,4,v\n"
        XCTAssertEqual(try read(folder, text, values: [.name("b"), .number(2)]).names, ["b", "a"])
        XCTAssertEqual(try read(folder, text, values: [.name("b"), .number(2)]).values, [2, 1, 4, 3])
        folder.expect("s.csv: there is no column 'c' (data.columns.values), expected one of: t, a, b, note") {
            _ = try read(folder, text, values: [.name("c")])
        }
    }

    func testAMissingOrUnreadableValueIsRefusedWithItsLine() throws {
        let folder = try TemporaryFolder()
        let hint = "fill in missing values; a column of names or dates is left out by data.columns.values"
        for (field, found) in [("", "is empty"), ("NA", "holds 'NA'"), ("1,5", "holds '1,5'"), ("nan", "holds 'nan'")] {
            folder.expect("s.csv:3: column 2 ('v') \(found), expected a finite number; \(hint)") {
                _ = try read(folder, "d,v\na,1\nb,\"\(field)\"\nc,2\n")
            }
        }
        folder.expect("s.csv:2: column 2 is empty, expected a finite number; \(hint)") { _ = try read(folder, "1,2\n3,\n") }
        // Even where it would hide a column of values as dates, or the first row as a header.
        folder.expect("s.csv:2: column 1 ('a') holds 'NA', expected a finite number; \(hint)") {
            _ = try read(folder, "a,b\nNA,1\n2,3\n")
        }
        folder.expect("s.csv:1: the first row holds 'NA' and no number, expected titles or values; set data.header to say which it is") {
            _ = try read(folder, "1981-01-01,NA\n1981-01-02,3\n")
        }
        folder.expect(
            "s.csv:3: row has 1 field, expected at least 2 (values in column 2, date in column 1); "
                + "set data.columns, or data.format if fields are separated by something else"
        ) { _ = try read(folder, "d,v\na,1\nb\n") }
    }

    func testABlankLineBeforeARowIsATimeStepThatIsMissing() throws {
        let folder = try TemporaryFolder()
        let rest = "the line is blank, expected a row of values, as behind it; fill in the missing time step, or delete the line"
        folder.expect("s.csv:3: \(rest)") { _ = try read(folder, "d,v\na,1\n\nb,2\n") }
        folder.expect("s.csv:4: \(rest)") { _ = try read(folder, "d,v\r\na,1\r\nb,2\r\n\r\n\r\nc,3\r\n") }
        folder.expect("s.csv:2: \(rest)") { _ = try read(folder, "1\n\n2\n") }
        XCTAssertEqual(try read(folder, "d,v\na,1\n\n\n").values, [1], "behind the last row there is no time step")
    }

    func testAFileWithoutValuesIsRefused() throws {
        let folder = try TemporaryFolder()
        folder.expect("s.csv: no row of values was found, expected a row for each time step") {
            _ = try read(folder, "d,v\n", values: [.number(2)])
        }
        folder.expect("s.csv: its only column holds 'a', expected a column of numbers") { _ = try read(folder, "d\na\nb\n") }
    }

    func testTheSeriesOfAModelAreFoundByTheirTitles() throws {
        let folder = try TemporaryFolder()
        let turned = try read(folder, "Month,B,note,A\nx,1,u,2\ny,3,v,4\n", like: ["A", "B"])
        XCTAssertEqual(turned.names, ["A", "B"])
        XCTAssertEqual(turned.values, [2, 1, 4, 3])
        XCTAssertEqual(try read(folder, "A,B\n2,1\n", values: [.number(2), .number(1)], like: ["A", "B"]).values, [2, 1])
        folder.expect(
            "s.csv: there is no column 'A', 'C', expected the series of training (A, B, C); its columns are Month, a, B, D"
        ) { _ = try read(folder, "Month,a,B,D\nx,1,2,3\n", like: ["A", "B", "C"]) }
    }

    func testWithoutTitlesTheSeriesOfAModelAreFoundByTheirPlace() throws {
        let folder = try TemporaryFolder()
        XCTAssertEqual(try read(folder, "x,1,2\n", like: ["A", "B"]).values, [1, 2], "the file has none")
        XCTAssertEqual(try read(folder, "B,A\n1,2\n", like: ["column 2", "column 3"]).values, [1, 2], "the model has none")
        XCTAssertEqual(try read(folder, "v,v\n1,2\n", like: ["v", "v"]).values, [1, 2], "they tell nothing apart")
        XCTAssertEqual(try read(folder, "A,\n1,2\n", header: true).names, ["A", "column 2"])
        folder.expect("s.csv: it has 2 series (column 1, column 2), expected 1 as in training (v)") {
            _ = try read(folder, "1,2\n", like: ["v"])
        }
    }
}
