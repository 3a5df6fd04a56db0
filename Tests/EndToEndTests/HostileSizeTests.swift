import Foundation
import HDF5
import TestSupport
import XCTest

/// Sizes that a file states, and what it unpacks to, never take memory that its content does not need.
final class HostileSizeTests: XCTestCase {
    /// Trains within so much memory, which a trap or a kill would show by another status than that of a message.
    private func refusal(_ place: Workplace, _ configuration: String, megabytes: Int = 3000) throws -> [String] {
        try place.write(configuration, to: "hostile.yaml")
        let run = try place.run(
            sh: "ulimit -v \(megabytes << 10); exec \"$0\" \"$@\"", ["train", "hostile.yaml", "--output", "none"])
        XCTAssertEqual(run.status, 1, run.standardError)
        XCTAssertFalse(place.exists("none"))
        return run.complaints
    }

    private func vectors(_ name: String) -> String {
        SampleData.wordsConfiguration.replacingOccurrences(of: "{embedding: 10}", with: "{vectors: \(name)}")
    }

    func testBinaryVectorsThatPromiseMoreThanTheyHold() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 100), to: "words.csv")
        let content = Data("900000000 60000\nword1 ".utf8) + Data(repeating: 0, count: 4096)
        try place.write(content, to: "vectors.bin")
        XCTAssertEqual(
            try refusal(place, vectors("vectors.bin")),
            [
                "rnn-dist: error: vectors.bin: the first line promises 900000000 vectors of width 60000, more than the "
                    + "file can hold; it has \(content.count) bytes; the file may be truncated"
            ])
        // Of packed data nobody knows the size beforehand.
        _ = try RunningProgram(["/bin/sh", "-c", "gzip -n vectors.bin"], folder: place.path).result()
        XCTAssertEqual(
            try refusal(place, vectors("vectors.bin.gz")),
            [
                "rnn-dist: error: vectors.bin.gz: file ends after 0 vectors, expected 900000000 of width 60000 as its "
                    + "first line says; the file may be damaged or truncated"
            ])
    }

    func testAGigabyteWithoutALineEnd() throws {
        let place = try Workplace()
        _ = try RunningProgram(["/bin/sh", "-c", "head -c 1G /dev/zero | gzip -1 >words.csv.gz"], folder: place.path)
            .result()
        let configuration = SampleData.wordsConfiguration.replacingOccurrences(of: "words.csv", with: "words.csv.gz")
            .replacingOccurrences(of: "columns: {label: label, text: [text]}", with: "format: csv")
        XCTAssertEqual(
            try refusal(place, configuration),
            [
                "rnn-dist: error: words.csv.gz:1: more than 256 MiB without an end of line or record; a quotation mark "
                    + "may be unclosed, or the file is not text"
            ])
    }

    func testADatasetThatPromisesMoreThanItsFileHolds() throws {
        let place = try Workplace()
        try place.writePictures(count: 20)
        // The extents of 20 and 5 numbers, wherever they are stated, become 2³² and 2²⁰.
        var bytes = [UInt8](try place.read("pictures.h5"))
        let extents = [20, 5].flatMap { [UInt8($0)] + [UInt8](repeating: 0, count: 7) }
        let huge: [UInt8] = [0, 0, 0, 0, 1, 0, 0, 0] + [0, 0, 16, 0, 0, 0, 0, 0]
        var changed = 0
        for start in 0..<bytes.count - 16 where bytes[start..<start + 16].elementsEqual(extents) {
            bytes.replaceSubrange(start..<start + 16, with: huge)
            changed += 1
        }
        XCTAssertGreaterThan(changed, 0)
        try place.write(Data(bytes), to: "pictures.h5")
        let found = try refusal(place, SampleData.picturesConfiguration)
        XCTAssertEqual(found.count, 1)
        XCTAssertEqual(found.first?.hasPrefix("rnn-dist: error: pictures.h5: "), true, "\(found)")
    }
}
