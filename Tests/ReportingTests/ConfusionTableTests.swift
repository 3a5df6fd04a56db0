import Reporting
import XCTest

final class ConfusionTableTests: XCTestCase {
    private let table = ConfusionTable(
        labels: ["World", "Sports", "Business"], counts: [[12, 3, 0], [1, 40, 0], [0, 105, 0]])

    func testTheDiagonalIsInBracketsEvenWhereItIsZero() {
        XCTAssertEqual(
            table.text(columns: 80),
            """
            rows: true class, columns: predicted class
                     World Sports Business
            World      [12]     3        ·
            Sports       1    [40]       ·
            Business     ·    105       [0]\n
            """)
    }

    func testColumnsAreNumberedWhereTheirNamesDoNotFit() {
        let numbered = """
            rows: true class, columns: predicted class
                        1   2 3
            1 World   [12]  3 ·
            2 Sports    1 [40]·
            3 Business  · 105[0]\n
            """
        XCTAssertTrue(table.text(columns: 31).contains("World Sports Business"), "what the names need")
        XCTAssertEqual(table.text(columns: 30), numbered)
        XCTAssertEqual(table.text(columns: 20), numbered, "what the numbers need")
    }

    func testTheLargestConfusionsAreListedWhereNoMatrixFits() {
        XCTAssertEqual(
            table.text(columns: 19),
            """
            3 classes, 109 confusions of 3 kinds:
            true      predicted  count  of true class
            ─────────────────────────────────────────
            Business  Sports       105        100.0 %
            World     Sports         3         20.0 %
            Sports    World          1          2.4 %\n
            """)
    }

    func testOfManyConfusionsEqualOnesAreListedInTheOrderOfTheLabels() {
        let count = 100
        var counts = [[Int]](repeating: [Int](repeating: 1, count: count), count: count)
        counts[70][3] = 5
        let lines = ConfusionTable(labels: (0..<count).map { "c\($0)" }, counts: counts).text(columns: 80)
            .split(separator: "\n")
        XCTAssertEqual(lines[0], "100 classes, 9,904 confusions of 9,900 kinds; the 20 most frequent:")
        XCTAssertEqual(lines.count, 23)
        XCTAssertEqual(lines[3], "c70   c3             5          4.8 %")
        XCTAssertEqual(lines[4], "c0    c1             1          1.0 %")
        XCTAssertEqual(lines[22], "c0    c19            1          1.0 %")
    }

    func testEighteenClassesFitEightyColumns() {
        let counts = [[Int]](repeating: [Int](repeating: 99, count: 18), count: 18)
        let text = ConfusionTable(labels: (0..<18).map { "language \($0)" }, counts: counts).text(columns: 80)
        XCTAssertTrue(text.hasPrefix("rows: true class"))
        for line in text.split(separator: "\n") {
            XCTAssertLessThanOrEqual(TerminalWidth.columns(of: String(line)), 80)
        }
    }

    func testNoClassesAndNoConfusionsAreNoTrouble() {
        XCTAssertEqual(ConfusionTable(labels: [], counts: []).text(columns: 80), "")
        let long = ConfusionTable(labels: ["a", "b"], counts: [[3, 0], [0, 3]])
        XCTAssertEqual(long.text(columns: 1), "2 classes, no confusions\n")
    }
}
