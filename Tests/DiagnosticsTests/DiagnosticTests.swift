import Diagnostics
import XCTest

final class DiagnosticTests: XCTestCase {
    func testTextHasSubjectFoundExpectedAndHintInThisOrder() {
        var diagnostic = Diagnostic("train.csv:7", "the row has 2 fields")
        XCTAssertEqual(diagnostic.description, "train.csv:7: the row has 2 fields")
        diagnostic.expected = "3"
        XCTAssertEqual(diagnostic.description, "train.csv:7: the row has 2 fields, expected 3")
        diagnostic.hint = "is a quote missing?"
        XCTAssertEqual(diagnostic.description, "train.csv:7: the row has 2 fields, expected 3; is a quote missing?")
        diagnostic.expected = nil
        XCTAssertEqual(diagnostic.description, "train.csv:7: the row has 2 fields; is a quote missing?")
    }

    func testOneIsNotMany() {
        XCTAssertEqual([0, 1, 2].map { $0.counted("line") }, ["0 lines", "1 line", "2 lines"])
        XCTAssertEqual([1, 2].map { $0.counted("class", plural: "classes") }, ["1 class", "2 classes"])
    }

    func testControlCharactersAreShownAndNotActedOn() {
        let diagnostic = Diagnostic("a\u{1b}[31m\nb.csv", "holds '\u{0}\t\u{85}\u{202e}é🙂'", expected: "\u{7f}", hint: "\r")
        XCTAssertEqual(
            diagnostic.description,
            "a\\u{1b}[31m\\u{a}b.csv: holds '\\u{0}\\u{9}\\u{85}\\u{202e}é🙂', expected \\u{7f}; \\u{d}")
    }
}
