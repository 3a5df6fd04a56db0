import Configuration
import Tasks
import XCTest

/// What scripts elsewhere are compared with: a tag's probability, where tokens are tagged by themselves.
final class TagProbabilityTests: XCTestCase {
    private func fields(_ output: TaggingConfiguration.Output) throws -> [String] {
        var fixture = try ModelFixture(task: "tag")
        fixture.configuration.tagging.output = output
        var request = PredictionRequest()
        request.texts = ["red 7"]
        let found = try fixture.task().predict(request) { _ in }
        guard case .list(let tokens)? = found.first?.fields.first?.value, case .object(let members)? = tokens.first
        else { return [] }
        for member in members {
            guard case .float(let probability) = member.value else { continue }
            // Of two tags the chosen one has at least half.
            XCTAssertTrue(probability >= 0.5 && probability <= 1)
        }
        XCTAssertEqual(tokens.count, 2)
        return members.map(\.name)
    }

    func testASoftmaxGivesProbabilitiesAndAFieldDoesNot() throws {
        XCTAssertEqual(try fields(.softmax), ["token", "tag", "probability"])
        XCTAssertEqual(try fields(.crf), ["token", "tag"])
    }
}
