import Foundation
import HDF5
import XCTest

/// What a user names for output replaces rnn-dist's own files alone.
final class OutputFileTests: FolderTestCase {
    private func refusal(_ name: String) -> String {
        "\(path(name)): is there already, and not written by rnn-dist, expected no such file, or an earlier one of "
            + "rnn-dist's to replace; choose another name, or move it away"
    }

    func testAFileThatSaysWhoWroteItIsReplaced() throws {
        try OutputFile.check(path("new.svg"))
        try put(Array("<!-- \(OutputFile.mark) -->".utf8), at: "own.svg")
        try OutputFile.check(path("own.svg"))
        XCTAssertEqual(try names(), ["own.svg"])
    }

    func testAnyOtherFileStays() throws {
        try put([], at: "empty.svg")
        try put(Array("written by hand".utf8), at: "foreign.svg")
        // The mark must stand near the beginning, where it was put.
        try put([UInt8](repeating: 0x20, count: 1 << 20) + Array(OutputFile.mark.utf8), at: "late.svg")
        try put(Array(OutputFile.mark.utf8), at: "own.svg")
        XCTAssertEqual(symlink(path("own.svg"), path("link.svg")), 0)
        for name in ["empty.svg", "foreign.svg", "late.svg", "link.svg"] {
            XCTAssertEqual(message { try OutputFile.check(path(name)) }, refusal(name))
        }
        XCTAssertEqual(message { try OutputFile.check(folder) }, "\(folder): cannot be written: Is a directory")
    }

    func testANameForANewFileIsOneThatNoFileHas() throws {
        try AtomicFile.checkNew(path("new.h5"))
        try put([1], at: "old.h5")
        XCTAssertEqual(
            message { try AtomicFile.checkNew(path("old.h5")) },
            "\(path("old.h5")): is there already, expected a name that no file has; choose another, or move it away")
    }
}
