import Diagnostics
import Interchange
import XCTest

final class ZipArchiveTests: XCTestCase {
    private let files: [(name: String, bytes: [UInt8])] = [("a.json", Array("{}".utf8)), ("b", [1, 2, 3])]

    func testFilesComeOutAsTheyWentIn() throws {
        let archive = try ZipArchive.bytes(of: files, subject: "z")
        for file in files { XCTAssertEqual(try ZipArchive.file(file.name, in: archive, subject: "z"), file.bytes) }
        XCTAssertThrowsError(try ZipArchive.file("c", in: archive, subject: "z")) {
            XCTAssertEqual("\($0)", "z: 'c' is missing in it, expected a file that Keras saved")
        }
    }

    func testDamageIsTold() throws {
        let archive = try ZipArchive.bytes(of: files, subject: "z")
        for count in archive.indices {
            XCTAssertThrowsError(try ZipArchive.file("b", in: Array(archive[..<count]), subject: "z")) {
                XCTAssertEqual(
                    "\($0)", "z: is no zip archive, or a damaged one, expected a file that Keras saved")
            }
        }
        for place in archive.indices {
            var changed = archive
            changed[place] ^= 0xFF
            do {
                let found = try ZipArchive.file("b", in: changed, subject: "z")
                XCTAssertEqual(found, [1, 2, 3])
            } catch { XCTAssertTrue(error is Diagnostic) }
        }
    }
}
