import Configuration
import SequenceData
import XCTest

/// The embedded data.
final class SurnamesTests: XCTestCase {
    private func read(folded: Bool) throws -> (names: [String], label: [String], data: TrainingData) {
        var configuration = RunConfiguration().data
        configuration.standardize.foldAccents = folded
        let data = try CorpusReader(configuration).readTraining()
        let vocabulary = try XCTUnwrap(data.vocabulary).strings, labels = data.labels.names
        let corpus = data.training
        let names = (0..<corpus.count).map { corpus.range(of: $0).map { vocabulary[Int(corpus.tokens[$0])] }.joined() }
        return (names, corpus.labels.map { labels[Int($0)] }, data)
    }

    func testThereAreManyNamesOfManyLanguages() throws {
        let (names, _, data) = try read(folded: true)
        XCTAssertGreaterThanOrEqual(names.count, 2000)
        XCTAssertGreaterThanOrEqual(data.labels.count, 12)
        XCTAssertEqual(data.training.unknownTokens, 0)
        for (language, count) in zip(data.labels.names, data.training.examplesPerClass(data.labels.count)) {
            XCTAssertGreaterThanOrEqual(count, 50, language)
        }
    }

    func testKnownNamesAreThereWithTheirAccents() throws {
        let (names, labels, _) = try read(folded: false)
        let pairs = Set(zip(names, labels).map { "\($1): \($0)" })
        for pair in [
            "Czech: Dvořák", "Vietnamese: Nguyễn", "German: Müller", "Polish: Kowalski", "Japanese: Tanaka",
            "Irish: O'Brien",
            "Spanish: García", "Italian: Rossi", "French: Lefèvre", "Russian: Ivanov", "Korean: Kim", "Turkish: Yılmaz",
        ] { XCTAssertTrue(pairs.contains(pair), pair) }
    }

    func testFoldedNamesAreASCII() throws {
        let vocabulary = try XCTUnwrap(read(folded: true).data.vocabulary)
        for token in vocabulary.strings.dropFirst(2) { XCTAssertTrue(token.utf8.allSatisfy { $0 < 0x80 }, token) }
    }

    func testNoNameStandsTwiceInALanguage() throws {
        let (names, labels, _) = try read(folded: false)
        var seen: Set<[UInt8]> = []
        for (name, label) in zip(names, labels) {
            XCTAssertTrue(seen.insert(Array("\(label): \(name)".utf8)).inserted, "\(label): \(name)")
        }
    }

    func testNamesBeginWithALetterAndHaveNoStraySpace() throws {
        for name in try read(folded: false).names {
            XCTAssertTrue(name.unicodeScalars.first?.properties.isAlphabetic == true || name.hasPrefix("'"), name)
            XCTAssertFalse(name.contains("  ") || name.hasSuffix(" "), name)
        }
    }
}
