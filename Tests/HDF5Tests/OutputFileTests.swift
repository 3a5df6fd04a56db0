import Foundation
import HDF5
import XCTest

/// What a user names for output replaces rnn-dist's own files alone.
final class OutputFileTests: FolderTestCase {
    private func refusal(_ name: String, _ found: String = "is there already, and is not a picture of rnn-dist's") -> String {
        "\(path(name)): \(found), expected no such file, or an earlier one to replace; choose another name, or move it away"
    }

    func testAFileThatSaysWhoWroteItIsReplaced() throws {
        try OutputFile.picture.check(path("new.svg"))
        try put(Array("<!-- \(OutputFile.picture.mark) -->".utf8), at: "own.svg")
        try OutputFile.picture.check(path("own.svg"))
        // As mktemp makes it.
        try put([], at: "empty.svg")
        try OutputFile.picture.check(path("empty.svg"))
        try AtomicFile.checkNew(path("empty.svg"))
        XCTAssertEqual(symlink("/etc/passwd", path("link.svg")), 0)
        try OutputFile.picture.check(path("link.svg"))
        XCTAssertEqual(try names(), ["empty.svg", "link.svg", "own.svg"])
        XCTAssertEqual(
            message { try OutputFile.predictions.check(path("own.svg")) },
            refusal("own.svg", "is there already, and is not a file of predictions of rnn-dist's"))
    }

    func testAnyOtherFileStays() throws {
        try put(Array("written by hand".utf8), at: "foreign.svg")
        // The mark must stand near the beginning, where it was put.
        try put([UInt8](repeating: 0x20, count: 1 << 20) + Array(OutputFile.picture.mark.utf8), at: "late.svg")
        for name in ["foreign.svg", "late.svg"] {
            XCTAssertEqual(message { try OutputFile.picture.check(path(name)) }, refusal(name))
        }
        let long = String(repeating: "x", count: 300)
        XCTAssertEqual(
            message { try OutputFile.picture.check(path(long)) }, "\(path(long)): cannot be written: File name too long")
        XCTAssertEqual(message { try OutputFile.picture.check(folder) }, "\(folder): cannot be written: Is a directory")
    }

    func testANameForANewFileIsOneThatNoFileHas() throws {
        try AtomicFile.checkNew(path("new.h5"))
        try put([1], at: "old.h5")
        XCTAssertEqual(
            message { try AtomicFile.checkNew(path("old.h5")) },
            "\(path("old.h5")): is there already, expected a name that no file has; choose another, or move it away")
    }
}
