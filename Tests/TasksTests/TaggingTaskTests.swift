import Configuration
import Kernels
import Tasks
import TestSupport
import XCTest

/// What a tagging says about its data and about its quality.
final class TaggingTaskTests: XCTestCase {
    private func task(_ change: (inout RunConfiguration) -> Void, notice: (String) -> Void = { _ in }) throws
        -> TaggingTask
    {
        let folder = try TemporaryFolder()
        var configuration = RunConfiguration()
        configuration.task = "tag"
        configuration.data = DataConfiguration()
        configuration.data.validationFraction = 0
        configuration.data.tokens = .words
        configuration.data.train = try folder.write("a.in", "fly to new york\nrome on monday\n")
        _ = try folder.write("a.out", "O O B-city I-city\nB-city O B-day\n")
        configuration.model.input = .embedding(size: 4)
        configuration.tagging.scheme = .iob2
        change(&configuration)
        return try TaggingTask.forTraining(configuration, team: ThreadTeam(count: 1), artifacts: nil, notice: notice)
    }

    func testCharactersAreCountedOnlyWhereTheyAreRead() throws {
        var notices: [String] = []
        _ = try task({ _ in }) { notices.append($0) }
        XCTAssertEqual(notices.last, "4 tags, vocabulary of 9 words")
        _ = try task({ $0.tagging.characters = TaggingConfiguration.Characters() }) { notices.append($0) }
        XCTAssertEqual(notices.last, "4 tags, vocabulary of 9 words, 15 characters")
    }

    func testUnknownWordsAndEmptyLinesAreSaidButNotBlanks() throws {
        for (hiddenWords, expected) in [(nil, "'to', 'x', '___' (3 of 5"), (0.2, "'x' (1 of 4")] as [(Double?, String)]
        {
            let task = try task {
                $0.tagging.hiddenWords = hiddenWords
                if hiddenWords != nil { $0.tagging.scheme = nil }
                $0.data.vocabulary.size = hiddenWords == nil ? 5 : nil
            }
            task.parameters.initialize(seed: 1)
            task.parametersChanged()
            var request = PredictionRequest(), notices: [String] = []
            request.texts = [" ", "fly ___", "fly to x ___"]
            request.texts[1] = hiddenWords == nil ? "fly" : "fly ___"
            XCTAssertEqual(try task.predict(request) { notices.append($0) }.count, 3)
            XCTAssertEqual(
                notices,
                [
                    "argument:3: the model does not know the words \(expected) are unknown)",
                    "argument:1: the text has no tokens: nothing is predicted",
                ])
        }
    }
}
