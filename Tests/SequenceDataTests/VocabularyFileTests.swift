import Configuration
import SequenceData
import TestSupport
import XCTest

/// Vocabularies given by a file instead of counted.
final class VocabularyFileTests: XCTestCase {
    private func vocabulary(_ folder: TemporaryFolder, _ name: String, _ text: String) throws -> [String] {
        var data = DataConfiguration()
        data.tokens = .words
        data.train = try folder.write("train.csv", "x,b c b\ny,a d\n")
        data.vocabulary.file = try folder.write(name, text)
        let read = try CorpusReader(data).readTraining { _ in false }
        // Entries that the file has are found, others are unknown.
        XCTAssertEqual(Array(read.training.tokens.prefix(3)), [3, 2, 3])
        XCTAssertEqual(read.training.tokens.last, 1)
        return read.vocabulary?.strings ?? []
    }

    func testEntriesAreThoseOfTheFileInItsOrder() throws {
        let folder = try TemporaryFolder()
        let expected = ["", "[UNK]", "c", "b", "unseen"]
        XCTAssertEqual(try vocabulary(folder, "v.txt", "c\nb\nunseen\n"), expected)
        XCTAssertEqual(try vocabulary(folder, "keras.txt", "\n[UNK]\nc\nb\nunseen\n"), expected)
        XCTAssertEqual(try vocabulary(folder, "v.json", #"{"vocabulary": ["", "[UNK]", "c", "b", "unseen"]}"#), expected)
    }

    func testWhatIsNoVocabularyIsRefused() throws {
        let folder = try TemporaryFolder()
        folder.expect("v.txt: entries 2 and 4 are both 'c', expected each entry once") { _ = try vocabulary(folder, "v.txt", "c\nb\nc\n") }
        folder.expect("v.json: is no JSON object with a list of texts 'vocabulary'") {
            _ = try vocabulary(folder, "v.json", "[1]")
        }
    }
}
