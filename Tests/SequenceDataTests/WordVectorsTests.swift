import SequenceData
import TestSupport
import XCTest

final class WordVectorsTests: XCTestCase {
    private let text = "the 0.5 -1 2\nof 3 4 5e-1 \nthe 9 9 9\né 7 8 9\n"

    private func vocabulary() throws -> Vocabulary { try Vocabulary(strings: ["", "[UNK]", "of", "the", "absent", "e\u{301}"]) }

    private func binary(_ header: String, _ entries: [(String, [Float])], lineFeeds: Bool = false) -> [UInt8] {
        var bytes = Array("\(header)\n".utf8)
        for (word, values) in entries {
            bytes += Array("\(word) ".utf8)
            for value in values { bytes += withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
            if lineFeeds { bytes.append(0x0A) }
        }
        return bytes
    }

    func testTheThreeFormatsGiveTheSameVectors() throws {
        let folder = try TemporaryFolder()
        let entries: [(String, [Float])] = [("the", [0.5, -1, 2]), ("of", [3, 4, 0.5]), ("the", [9, 9, 9]), ("é", [7, 8, 9])]
        let paths = [
            try folder.write("glove.txt", text), try folder.write("word2vec.txt", "4 3\n" + text),
            try folder.write("gzip", Gzip.member("4 3\n" + text)), try folder.write("a.bin", binary("4 3", entries)),
            try folder.write("b.bin", binary("4 3", entries, lineFeeds: true)),
        ]
        for path in paths {
            let vectors = try WordVectors.read(path, for: try vocabulary())
            XCTAssertEqual(vectors.width, 3, path)
            XCTAssertEqual(vectors.rows, [0, 0, 0, 0, 0, 0, 3, 4, 0.5, 0.5, -1, 2, 0, 0, 0, 0, 0, 0], path)
            XCTAssertEqual(vectors.isFound, [false, false, true, true, false, false], path)
            XCTAssertEqual(vectors.found, 2)
            XCTAssertEqual(vectors.words, 4)
            XCTAssertEqual(vectors.coverage, 0.5)
        }
    }

    func testAWordMayHoldSpaces() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("glove.txt", "a 1 2\n. . . 3 4\nof 5 6\n")
        let vocabulary = try Vocabulary(strings: ["", "[UNK]", ". . .", "of"])
        XCTAssertEqual(try WordVectors.read(path, for: vocabulary).rows, [0, 0, 0, 0, 3, 4, 5, 6])
    }

    func testTextThatDoesNotFitIsNamedWithItsLine() throws {
        let folder = try TemporaryFolder()
        func read(_ text: String) throws { _ = try WordVectors.read(try folder.write("v.txt", text), for: try vocabulary()) }
        folder.expect("v.txt:2: line holds 1 number after the word, expected 2; the file may be damaged or truncated") {
            try read("a 1 2\nof 3\n")
        }
        folder.expect("v.txt:2: line holds 2 numbers after the word, expected 3; the file may be damaged or truncated") {
            try read("1 3\nof 3 4\n")
        }
        folder.expect("v.txt:2: line holds 4 numbers after the word, expected 3; the file may be damaged or truncated") {
            try read("1 3\nof 3 4 5 6\n")
        }
        folder.expect("v.txt:2: column 3 holds 'nan', expected a finite number") { try read("a 1 2\nof 3 nan\n") }
        folder.expect("v.txt: file ends after 1 vectors, expected 2 of width 2 as its first line says; the file may be damaged or truncated") {
            try read("2 2\nof 3 4\n")
        }
        folder.expect("v.txt: file goes on after 1 vectors, expected 1 of width 2 as its first line says; the file may be damaged or truncated") {
            try read("1 2\nof 3 4\nthe 5 6\n")
        }
        folder.expect("v.txt:1: line holds 0 numbers after the word, expected 1; the file may be damaged or truncated") {
            try read("word\n")
        }
        folder.expect("v.txt:1: the first line promises 0 vectors of width 5, expected at least one, of width 1 to 65536") {
            try read("0 5\n")
        }
        folder.expect("v.txt:1: the first line promises 99999999999999999999 vectors of width 3, more than any file can hold") {
            try read("99999999999999999999 3\nof 1 2 3\n")
        }
    }

    func testBinaryThatDoesNotFitIsNamed() throws {
        let folder = try TemporaryFolder()
        let tail = "as its first line says; the file may be damaged or truncated"
        func read(_ bytes: [UInt8]) throws { _ = try WordVectors.read(try folder.write("v.bin", bytes), for: try vocabulary()) }
        let entries: [(String, [Float])] = [("the", [0.5, 1]), ("of", [3, 4])]
        folder.expect(
            "v.bin: the first line promises 900000000 vectors of width 2, more than the file can hold; it has 35 bytes; "
                + "the file may be truncated"
        ) { try read(binary("900000000 2", entries)) }
        folder.expect("v.bin: file ends after 1 vectors, expected 2 of width 2 \(tail)") {
            try read(binary("2 2", entries).dropLast())
        }
        folder.expect("v.bin: file goes on after 1 vectors, expected 1 of width 2 \(tail)") { try read(binary("1 2", entries)) }
        folder.expect("v.bin: the vector of 'of' (number 2) holds nan, expected finite numbers") {
            try read(binary("2 2", [("the", [0.5, 1]), ("of", [3, .nan])]))
        }
        XCTAssertNoThrow(try read(binary("2 2", [("rare", [0.5, .nan]), ("of", [3, 4])])))
    }
}
