import Diagnostics
import SequenceData
import TestSupport
import XCTest

final class VocabularyTests: XCTestCase {
    func testAVocabularyIsRebuiltFromItsEntries() throws {
        let strings = ["", "[UNK]", "the", "\u{E9}", "e\u{301}", "of"]
        let vocabulary = try Vocabulary(strings: strings)
        XCTAssertEqual(vocabulary.strings.map { Array($0.utf8) }, strings.map { Array($0.utf8) })
        XCTAssertEqual(vocabulary.number(of: "e\u{301}"), 4)
        XCTAssertEqual(vocabulary.number(of: "\u{E9}"), 3)
        XCTAssertEqual(vocabulary.number(of: "absent"), Vocabulary.unknown)
        XCTAssertEqual(try Vocabulary(strings: vocabulary.strings), vocabulary)
        XCTAssertNotEqual(try Vocabulary(strings: strings.dropLast()), vocabulary)
    }

    func testEntriesThatAreNoVocabularyAreRefused() throws {
        let folder = try TemporaryFolder()
        folder.expect("vocabulary: entry 1 is 'the', expected '[UNK]' (unknown)") {
            _ = try Vocabulary(strings: ["", "the"])
        }
        folder.expect("vocabulary: entry 0 is 'the', expected '' (padding)") { _ = try Vocabulary(strings: ["the"]) }
        folder.expect("vocabulary: entries 2 and 3 are both 'a', expected each entry once") {
            _ = try Vocabulary(strings: ["", "[UNK]", "a", "a"])
        }
        folder.expect("vocabulary: 1 entries were stored, expected at least padding and unknown") {
            _ = try Vocabulary(strings: [""])
        }
    }

    func testLabelsAreRefusedWhenTheyAreNotDistinctNames() throws {
        let folder = try TemporaryFolder()
        folder.expect("data.labels: 'a' is listed twice") { _ = try LabelSet(names: ["a", "b", "a"]) }
        folder.expect("data.labels: name 2 is empty") { _ = try LabelSet(names: ["a", ""]) }
        folder.expect("data.labels: 1 class listed, expected at least two") { _ = try LabelSet(names: ["a"]) }
        XCTAssertEqual(try LabelSet(names: ["b", "a"]).index(of: "a"), 1)
        XCTAssertEqual(try LabelSet(names: ["b", "a"]).names, ["b", "a"])
    }
}
