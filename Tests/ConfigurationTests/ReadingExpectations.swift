import Configuration
import Diagnostics
import XCTest

/// A document as short as one can be, with more keys below it.
func document(_ more: String = "") -> String { "task: classify\ndata: {train: t.csv}\n" + more }

func read(_ yaml: String, overrides: [String] = []) throws -> RunConfiguration {
    try RunConfiguration.read(yaml: Array(yaml.utf8), name: "config.yaml", overrides: overrides)
}

/// Asserts that reading is refused with exactly this message, as an error of usage.
func assertRefused(
    _ yaml: String, _ overrides: [String], _ message: String, file: StaticString = #filePath, line: UInt = #line
) {
    assertDiagnostic(message, file: file, line: line) { _ = try read(yaml, overrides: overrides) }
}

func assertRefused(_ yaml: String, _ message: String, file: StaticString = #filePath, line: UInt = #line) {
    assertRefused(yaml, [], message, file: file, line: line)
}

func assertDiagnostic(
    _ message: String, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void
) {
    XCTAssertThrowsError(try body(), "expected: \(message)", file: file, line: line) { error in
        XCTAssertEqual("\(error)", message, file: file, line: line)
        XCTAssertEqual((error as? Diagnostic)?.category, .usage, file: file, line: line)
    }
}
