import Configuration
import RecurrentNetworks
import SequenceData
import Tasks
import XCTest

/// Vectors from a file as the rows of the embedding.
final class PretrainedVectorsTests: XCTestCase {
    private func fixture(trainable: Bool) throws -> TaskFixture {
        var fixture = try TaskFixture()
        let path = try fixture.folder.write("glove.txt", "red 1 2 3\nother 9 9 9\none -1 0.5 0\nup 0.25 0 -2\n")
        fixture.configuration.model.input = .vectors(path: path, trainable: trainable)
        return fixture
    }

    private func row(_ word: String, of task: ClassificationTask) throws -> [Float] {
        let words = try XCTUnwrap(task.artifacts.first { $0.name == "vocabulary" }).texts
        let row = try XCTUnwrap(words.firstIndex(of: word)), table = task.parameters.tables[0]
        return (0..<table.columns).map { table[row, $0] }
    }

    func testTheLogSaysHowMuchOfTheVocabularyHasAVector() throws {
        let fixture = try fixture(trainable: false)
        var lines: [String] = []
        _ = try fixture.task { lines.append($0.replacingOccurrences(of: fixture.folder.path + "/", with: "")) }
        XCTAssertEqual(lines.first, "glove.txt: vectors of 3 numbers for 3 of 8 words of the vocabulary")
    }

    func testWordsBeginWithTheirVectorsAndPaddingWithZeros() throws {
        let task = try fixture(trainable: true).task()
        XCTAssertEqual(try row("red", of: task), [1, 2, 3])
        XCTAssertEqual(try row("one", of: task), [-1, 0.5, 0])
        XCTAssertEqual(try row("up", of: task), [0.25, 0, -2])
        XCTAssertEqual((0..<3).map { task.parameters.tables[0][0, $0] }, [0, 0, 0])
    }

    /// Others are as large as the found ones, and a function of the seed.
    func testWordsWithoutAVectorAreDrawn() throws {
        var fixture = try fixture(trainable: true)
        let drawn = try row("green", of: try fixture.task())
        XCTAssertEqual(try row("green", of: try fixture.task()), drawn)
        XCTAssertFalse(drawn.contains(0))
        XCTAssertLessThan(drawn.map(abs).max() ?? 9, 6)
        fixture.configuration.seed = 1
        XCTAssertNotEqual(try row("green", of: try fixture.task()), drawn)
    }

    func testFrozenVectorsStayAndTheRestLearns() throws {
        let fixture = try fixture(trainable: false), task = try fixture.task()
        let table = task.parameters.tables[0].storage.elements.map(\.bitPattern),
            dense = task.parameters.dense.elements.map(\.bitPattern)
        fixture.train(task, epochs: 3)
        XCTAssertEqual(task.parameters.tables[0].storage.elements.map(\.bitPattern), table)
        XCTAssertNotEqual(task.parameters.dense.elements.map(\.bitPattern), dense)
    }

    func testTrainableVectorsOfReadWordsMoveAndOthersStay() throws {
        let fixture = try fixture(trainable: true), task = try fixture.task()
        let unread = (0..<3).map { task.parameters.tables[0][0, $0] }
        fixture.train(task, epochs: 1)
        XCTAssertNotEqual(try row("red", of: task), [1, 2, 3])
        XCTAssertNotEqual(try row("one", of: task), [-1, 0.5, 0])
        XCTAssertEqual((0..<3).map { task.parameters.tables[0][0, $0] }, unread, "padding is never read")
    }

    func testFrozenVectorsAreNoParametersToTrain() throws {
        let frozen = try fixture(trainable: false).task().parameters.layout
        let trainable = try fixture(trainable: true).task().parameters.layout
        XCTAssertEqual(trainable.trainedCount - frozen.trainedCount, 10 * 3)
        XCTAssertEqual(trainable.count, frozen.count)
    }
}
