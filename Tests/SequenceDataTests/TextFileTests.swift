import Foundation
import SequenceData
import TestSupport
import XCTest

final class TextFileTests: XCTestCase {
    private func lines(_ path: String, chunk: Int = 1 << 18) throws -> [String] {
        var file = try TextFile(path: path, chunk: chunk)
        var lines: [String] = []
        while let line = try file.nextTextLine() {
            lines.append("\(file.lineNumber) \(file.bytes.span.extracting(line).text)")
        }
        return lines
    }

    func testLineFeedAndCarriageReturnLineFeedAndTheEndOfTheFileEndLines() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.txt", "one\r\ntwo\n\r\nfo\rur\nfive")
        XCTAssertEqual(try lines(path), ["1 one", "2 two", "3 ", "4 fo\rur", "5 five"])
        XCTAssertEqual(try lines(try folder.write("b.txt", "one\n")), ["1 one"])
        XCTAssertEqual(try lines(try folder.write("c.txt", "one\r")), ["1 one"])
    }

    func testLinesDoNotDependOnTheSizeOfChunks() throws {
        let folder = try TemporaryFolder()
        let texts = (0..<50).map { String(repeating: "é", count: $0 % 17) + "\u{1}x" }
        let path = try folder.write("a.txt", texts.joined(separator: "\r\n"))
        let expected = texts.enumerated().map { "\($0.offset + 1) \($0.element)" }
        for chunk in [4, 5, 7, 64, 1000] { XCTAssertEqual(try lines(path, chunk: chunk), expected, "chunk \(chunk)") }
    }

    func testAByteOrderMarkIsDropped() throws {
        let folder = try TemporaryFolder()
        XCTAssertEqual(try lines(try folder.write("a.txt", "\u{FEFF}one\ntwo")), ["1 one", "2 two"])
    }

    func testNULIsNoText() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.txt", "a\nb\u{0}c\n")
        let hint = "if it is UTF-16, convert it, for example with iconv -f utf-16 -t utf-8"
        folder.expect("a.txt:2: a NUL byte, expected text; \(hint)") { _ = try lines(path) }
        var file = try TextFile(path: path)
        while try file.nextLine() != nil {}
        XCTAssertEqual(file.lineNumber, 2, "to a reader of bytes it is one like any other")
        for mark: [UInt8] in [[0xFF, 0xFE], [0xFE, 0xFF]] {
            let wide = try folder.write("wide.txt", mark + [0x61, 0, 0x0A, 0])
            folder.expect("wide.txt:1: byte 0x\(mark == [0xFF, 0xFE] ? "FF" : "FE") is not UTF-8; \(hint)") { _ = try lines(wide) }
        }
    }

    func testBytesThatAreNotUTF8AreNamedWithTheirLine() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("names.txt", Array("Abe\nCh".utf8) + [0xE9] + Array("ri\n".utf8))
        folder.expect("names.txt:2: byte 0xE9 is not UTF-8; convert the file, for example with iconv -f latin1 -t utf8") {
            _ = try lines(path)
        }
    }

    func testFilesThatCannotBeReadAreNamed() throws {
        let folder = try TemporaryFolder()
        folder.expect("none.txt: file does not exist; relative paths start at the folder the program runs in") {
            _ = try TextFile(path: folder.path + "/none.txt")
        }
        folder.expect(".: is a folder, expected a file") { _ = try TextFile(path: folder.path) }
        let empty = try folder.write("empty.txt", "")
        folder.expect("empty.txt: file is empty") { _ = try TextFile(path: empty) }
        let emptyMember = try folder.write("empty.gz", Gzip.member(""))
        folder.expect("empty.gz: file is empty") { _ = try TextFile(path: emptyMember) }
    }

    func testAFileWithoutPermissionIsNamed() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("secret.txt", "a")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        // Root may read everything, so there is nothing to see then.
        if getuid() == 0 { return XCTAssertEqual(try lines(path), ["1 a"]) }
        folder.expect("secret.txt: file may not be read; check its permissions") { _ = try TextFile(path: path) }
    }

    func testGzipIsToldByContentAndMayHaveSeveralMembers() throws {
        let folder = try TemporaryFolder()
        let members = Gzip.member("one\ntw") + Gzip.member("") + Gzip.member("o\nthree")
        XCTAssertEqual(try lines(try folder.write("a.txt", members)), ["1 one", "2 two", "3 three"])
        XCTAssertEqual(try lines(try folder.write("b.gz", members + [0, 0, 0])), ["1 one", "2 two", "3 three"])
    }

    func testDeflatedDataLongerThanAChunkIsInflated() throws {
        let bytes = GzipSample.abcdefghTimes1000
        let folder = try TemporaryFolder()
        let path = try folder.write("a.gz", bytes)
        XCTAssertEqual(try lines(path, chunk: 100), (1...1000).map { "\($0) abcdefgh" })
    }

    func testDamagedGzipIsNamed() throws {
        let folder = try TemporaryFolder()
        let member = Gzip.member("one\ntwo\n")
        for count in 2..<member.count {
            let path = try folder.write("cut.gz", Array(member.prefix(count)))
            folder.expect("cut.gz: gzip data ends too early; the file is truncated; test it with gzip -t") {
                _ = try lines(path)
            }
        }
        var flipped = member
        flipped[16] ^= 1
        let path = try folder.write("flipped.gz", flipped)
        folder.expect("flipped.gz: gzip data is damaged (incorrect data check); test the file with gzip -t") {
            _ = try lines(path)
        }
        var second = member + member
        second[member.count] ^= 1
        let trailing = try folder.write("second.gz", second)
        folder.expect(
            "second.gz: something other than gzip data follows the compressed data; test the file with gzip -t"
        ) { _ = try lines(trailing) }
    }
}
