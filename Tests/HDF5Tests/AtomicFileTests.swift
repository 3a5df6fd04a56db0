import Foundation
import HDF5
import XCTest

final class AtomicFileTests: FolderTestCase {
    func testTheTextTakesThePlaceOfTheOldOne() throws {
        try AtomicFile.write("step-1.h5\n", to: path("latest"))
        try AtomicFile.write("step-2.h5\n", to: path("latest"))
        XCTAssertEqual(try contents("latest"), Array("step-2.h5\n".utf8))
        XCTAssertEqual(try names(), ["latest"])
        try AtomicFile.write("", to: path("empty"))
        XCTAssertEqual(try contents("empty"), [])
    }

    func testASymbolicLinkIsReplacedAndItsTargetUntouched() throws {
        try put(Array("precious".utf8), at: "precious")
        XCTAssertEqual(symlink(path("precious"), path("latest")), 0)
        try AtomicFile.write("new", to: path("latest"))
        XCTAssertEqual(try contents("precious"), Array("precious".utf8))
        var status = stat()
        XCTAssertEqual(lstat(path("latest"), &status), 0)
        XCTAssertEqual(status.st_mode & S_IFMT, S_IFREG)
    }

    func testTheUmaskDecidesWhoMayRead() throws {
        let old = umask(0o027)
        defer { umask(old) }
        try AtomicFile.write("x", to: path("file"))
        var status = stat()
        XCTAssertEqual(stat(path("file"), &status), 0)
        XCTAssertEqual(status.st_mode & 0o777, 0o640)
    }

    func testAMissingFolderIsNamed() {
        XCTAssertEqual(
            message { try AtomicFile.write("x", to: path("none/latest")) },
            "\(folder)/none/latest: cannot be written: No such file or directory; create the folder first")
    }

    func testAFolderAtTheTargetStaysAndNothingIsLeftBehind() throws {
        try FileManager.default.createDirectory(atPath: path("latest"), withIntermediateDirectories: false)
        XCTAssertEqual(
            message { try AtomicFile.write("x", to: path("latest")) },
            "\(folder)/latest: cannot be written: Is a directory")
        XCTAssertEqual(try names(), ["latest"])
    }

    func testFoldersOnTheWayAreMade() throws {
        try AtomicFile.makeFolder(of: path("a/b/c/model.onnx"))
        try AtomicFile.makeFolder(of: path("a/b/c/model.onnx"))
        try AtomicFile.write("x", to: path("a/b/c/model.onnx"))
        try put([1], at: "file")
        XCTAssertEqual(
            message { try AtomicFile.makeFolder(of: path("file/b/model.onnx")) },
            "\(folder)/file/b: cannot be written: Not a directory")
    }

    func testWhatCannotBeWrittenIsToldBeforehand() throws {
        XCTAssertEqual(
            message { try AtomicFile.checkWritable(path("none/a.svg")) },
            "\(folder)/none/a.svg: cannot be written: No such file or directory; create the folder first")
        XCTAssertEqual(message { try AtomicFile.checkWritable(folder) }, "\(folder): cannot be written: Is a directory")
        try AtomicFile.write("old", to: path("a.svg"))
        try AtomicFile.checkWritable(path("a.svg"))
        try AtomicFile.checkWritable(path("b.svg"))
        XCTAssertEqual(try contents("a.svg"), Array("old".utf8))
        XCTAssertEqual(try names(), ["a.svg"])
    }

    /// A limit on file size stops a write in its middle, as a full disk does.
    func testAWriteThatStopsHalfwayLeavesTheOldFileAndNothingElse() throws {
        try AtomicFile.write("old", to: path("file"))
        var limit = rlimit()
        XCTAssertEqual(getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit), 0)
        let old = limit
        let handler = signal(SIGXFSZ, SIG_IGN)
        limit.rlim_cur = 4096
        XCTAssertEqual(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit), 0)
        let text = message { try AtomicFile.write([UInt8](repeating: 1, count: 10_000), to: path("file")) }
        var restored = old
        XCTAssertEqual(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &restored), 0)
        signal(SIGXFSZ, handler)
        XCTAssertEqual(
            text,
            "\(folder)/file: cannot be written: File too large; "
                + "raise the limit on the size of files (ulimit -f), or choose another file system")
        XCTAssertEqual(try contents("file"), Array("old".utf8))
        XCTAssertEqual(try names(), ["file"])
    }

    func testAFullDiskIsNamedWithWhatToDo() {
        XCTAssertEqual(
            message {
                let full = try POSIXFile("/dev/full", O_WRONLY, subject: "run/step-1.h5", POSIXFile.unwritten)
                try [UInt8(1)].withUnsafeBytes { try full.write($0, subject: "run/step-1.h5") }
            },
            "run/step-1.h5: cannot be written: No space left on device; free space or choose another output folder")
    }
}
