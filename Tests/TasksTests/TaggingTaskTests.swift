import Configuration
import Kernels
import Tasks
import TestSupport
import XCTest

/// What a tagging says about its data and about its quality.
final class TaggingTaskTests: XCTestCase {
    private func task(_ change: (inout RunConfiguration) -> Void, notice: (String) -> Void = { _ in }) throws -> TaggingTask {
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
}
