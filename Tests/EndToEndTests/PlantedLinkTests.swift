import Foundation
import TestSupport
import XCTest

/// In a folder that others may write to, nothing is written through their links, and the umask decides who reads.
final class PlantedLinkTests: XCTestCase {
    private let precious = "precious"

    /// A folder with data, and a file that links lead to.
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 100), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        try place.write(precious, to: precious)
        return place
    }

    private func plant(_ name: String, in place: Workplace) throws {
        let path = "\(place.path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "\(place.path)/\(precious)")
    }

    private func kind(_ name: String, in place: Workplace) -> mode_t {
        var status = stat()
        return lstat("\(place.path)/\(name)", &status) == 0 ? status.st_mode : 0
    }

    private let training = ["train", "words.yaml", "--output", "run", "--set", "data.cache=cache"]

    func testLinksAreReplacedAndTheirTargetsUntouched() throws {
        let place = try place()
        let first = try place.run(training)
        XCTAssertEqual(first.status, 0, first.standardError)
        let written = ["loss.svg", "confusion.svg", "checkpoints/latest", "checkpoints/best"].map { "run/\($0)" }
            + place.list("run/checkpoints").filter { $0.hasPrefix("step-") }.map { "run/checkpoints/\($0)" }
            + place.list("cache").map { "cache/\($0)" }
        XCTAssertGreaterThan(written.count, 6)
        try FileManager.default.removeItem(atPath: place.path + "/run")
        try FileManager.default.removeItem(atPath: place.path + "/cache")
        // A checkpoint's own name would be another run in the folder.
        let planted = written.filter { !$0.contains("step-") } + ["picture.svg"]
        for name in planted { try plant(name, in: place) }
        let again = try place.run(training)
        XCTAssertEqual(again.status, 0, again.standardError)
        let evaluation = try place.run(["evaluate", "run", "--data", "words.csv", "--picture", "picture.svg"])
        XCTAssertEqual(evaluation.status, 0, evaluation.standardError)
        XCTAssertEqual(try place.read(precious), Data(precious.utf8))
        for name in planted { XCTAssertEqual(kind(name, in: place) & S_IFMT, S_IFREG, name) }
        XCTAssertEqual(try place.digest("run").count, 64)
    }

    func testALinkInPlaceOfTheMetricsIsRefused() throws {
        let place = try place()
        let path = place.path + "/run"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: path + "/metrics.jsonl", withDestinationPath: place.path + "/none")
        let run = try place.run(training)
        XCTAssertEqual(
            run.complaints,
            [
                "rnn-dist: error: run/metrics.jsonl: is a symbolic link, which is not followed, expected a file, "
                    + "or none"
            ])
        XCTAssertEqual(run.status, 1)
        XCTAssertFalse(place.exists("none"))
    }

    func testTheUmaskDecidesWhoMayReadWhatARunWrites() throws {
        let place = try place()
        for (mask, files, folders) in [("027", 0o640, 0o750), ("077", 0o600, 0o700), ("002", 0o664, 0o775)] {
            let output = "run-\(mask)"
            let run = try place.run(
                sh: "umask \(mask); exec \"$0\" \"$@\"",
                ["train", "words.yaml", "--output", output, "--set", "data.cache=cache-\(mask)"])
            XCTAssertEqual(run.status, 0, run.standardError)
            let names = ["metrics.jsonl", "loss.svg", "confusion.svg"] + place.list("\(output)/checkpoints").map {
                "checkpoints/\($0)"
            }
            XCTAssertGreaterThan(names.count, 5)
            for name in names.map({ "\(output)/\($0)" }) + place.list("cache-\(mask)").map({ "cache-\(mask)/\($0)" }) {
                XCTAssertEqual(kind(name, in: place) & 0o777, mode_t(files), "\(mask): \(name)")
            }
            for name in [output, "\(output)/checkpoints", "cache-\(mask)"] {
                XCTAssertEqual(kind(name, in: place) & 0o777, mode_t(folders), "\(mask): \(name)")
            }
        }
    }
}
