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
}
