import Diagnostics
import Foundation
import Reporting
import XCTest

final class MetricsLogTests: XCTestCase {
    private var folder = ""
    private var path: String { folder + "/metrics.jsonl" }

    override func setUpWithError() throws {
        folder = NSTemporaryDirectory() + "metrics-log-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(atPath: folder)
    }

    private func content() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    private func put(_ text: String) throws { try text.write(toFile: path, atomically: false, encoding: .utf8) }

    func testEachObjectIsOneLineAndReopeningAppends() throws {
        let first = try MetricsLog(path: path)
        try first.append(["step": 50, "loss_nats": .number(.nan), "note": "two\nlines"])
        try first.close()
        let second = try MetricsLog(path: path)
        try second.append(["step": 100, "loss_nats": .float(0.1)])
        XCTAssertEqual(
            try content(),
            """
            {"step": 50, "loss_nats": null, "note": "two\\nlines"}
            {"step": 100, "loss_nats": 0.1}\n
            """)
    }

    func testTruncationDropsOnlyLaterStepsAndAppendingGoesOn() throws {
        try put("{\"run\": \"a\"}\n{\"step\": 50}\n{\"step\": 100, \"epoch\": 1}\n{\"step\": 101}\n{\"step\": 150}\n")
        let log = try MetricsLog(path: path)
        XCTAssertEqual(try log.truncate(afterStep: 100), .init(dropped: 2, unreadable: 0))
        try log.append(["step": 120])
        XCTAssertEqual(
            try content(), "{\"run\": \"a\"}\n{\"step\": 50}\n{\"step\": 100, \"epoch\": 1}\n{\"step\": 120}\n")
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: folder), ["metrics.jsonl"])
    }

    func testTruncationRemovesAHalfWrittenLine() throws {
        try put("{\"step\": 50}\n{\"step\": 51, \"lo")
        let log = try MetricsLog(path: path)
        XCTAssertEqual(try log.truncate(afterStep: 60), .init(dropped: 0, unreadable: 1))
        try log.append(["step": 61])
        XCTAssertEqual(try content(), "{\"step\": 50}\n{\"step\": 61}\n")
    }

    func testAHalfWrittenLineNeverSwallowsTheNextOne() throws {
        try put("{\"step\": 50}\n{\"step\": 51, \"lo")
        let log = try MetricsLog(path: path)
        try log.append(["step": 52])
        XCTAssertEqual(try content(), "{\"step\": 50}\n{\"step\": 51, \"lo\n{\"step\": 52}\n")
    }

    func testAnEarlierStartAddsNothingEvenWhereNothingIsRemoved() throws {
        try put("{\"step\": 50}\n")
        let earlier = try MetricsLog(path: path), log = try MetricsLog(path: path)
        XCTAssertEqual(try log.truncate(afterStep: 50), .init())
        try earlier.append(["step": 51])
        XCTAssertEqual(try content(), "{\"step\": 50}\n")
    }

    func testAMissingFolderIsNamed() {
        XCTAssertThrowsError(try MetricsLog(path: folder + "/none/metrics.jsonl")) { error in
            XCTAssertEqual(
                "\(error)", "\(self.folder)/none/metrics.jsonl: cannot be opened: No such file or directory")
            XCTAssertEqual((error as? Diagnostic)?.category, .run)
        }
    }

    func testAFullDiskIsNamed() throws {
        let log = try MetricsLog(path: "/dev/full")
        XCTAssertThrowsError(try log.append(["step": 1])) { error in
            XCTAssertEqual(
                "\(error)",
                "/dev/full: cannot be written: No space left on device; free space or choose another output folder")
        }
    }
}
