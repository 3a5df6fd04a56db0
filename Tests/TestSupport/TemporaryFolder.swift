import Diagnostics
import Foundation
import XCTest

/// A folder for the files of one test, removed with it.
package final class TemporaryFolder {
    package let path: String

    package init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("rnn-dist-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, with the folders above it; returns its path.
    package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return url.path
    }

    package func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    /// Expects `body` to throw a diagnostic with this text; the folder's path is left out of it.
    package func expect(
        _ message: String, file: StaticString = #filePath, line: UInt = #line, _ body: () throws -> Void
    ) {
        XCTAssertThrowsError(try body(), file: file, line: line) { error in
            let text = (error as? Diagnostic)?.description ?? "not a diagnostic: \(error)"
            let found = text.replacingOccurrences(of: path + "/", with: "").replacingOccurrences(of: path, with: ".")
            XCTAssertEqual(found, message, file: file, line: line)
        }
    }
}
