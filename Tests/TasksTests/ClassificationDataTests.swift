import Configuration
import SequenceData
import Tasks
import XCTest

/// What is refused before training, and what is told about the data.
final class ClassificationDataTests: XCTestCase {
    func testValidationOfAnotherWidthIsRefused() throws {
        var fixture = try TaskFixture()
        try fixture.makeNumeric()
        fixture.configuration.data.validation = try fixture.folder.write("validation.txt", "a 1 2 3\nb 4\n")
        fixture.folder.expect("validation.txt: its time steps have 1 value, expected 2 as in long.csv") {
            _ = try ClassificationData(fixture.configuration)
        }
    }

    func testEvaluationDataOfAnotherWidthIsRefused() throws {
        var fixture = try TaskFixture()
        try fixture.makeNumeric()
        let artifacts = try fixture.task().artifacts
        let path = try fixture.folder.write("test.txt", "a 1 2 3\nb 4\n")
        fixture.folder.expect("test.txt: its time steps have 1 value, expected 2 as in training") {
            _ = try ClassificationData(fixture.configuration, artifacts: artifacts, data: path)
        }
    }

    func testAFirstRowThatLooksLikeTitlesIsTold() throws {
        var fixture = try TaskFixture()
        func notices(_ text: String) throws -> [String] {
            fixture.configuration.data.train = try fixture.folder.write("titled.csv", text)
            var notices: [String] = []
            _ = try fixture.task { notices.append($0) }
            return notices.filter { $0.contains("warning") }
        }
        let titled = "kind,text\nx,a\ny,b\nx,c\ny,d\n"
        XCTAssertEqual(
            try notices(titled), ["warning: the first row looks like titles, since no other has its label 'kind': set data.header"])
        XCTAssertEqual(try notices("x,a\ny,b\nx,c\n"), [])
        fixture.configuration.data.header = false
        XCTAssertEqual(try notices(titled), [])
        fixture.configuration.data.header = true
        XCTAssertEqual(try notices(titled), [])
        fixture.configuration.data.header = nil
        fixture.configuration.data.columns.label = .name("kind")
        XCTAssertEqual(try notices(titled), [])
    }

    func testAnUnknownLabelAtValidationIsRefused() throws {
        var fixture = try TaskFixture()
        fixture.configuration.data.validation = try fixture.folder.write("validation.csv", "x,red\nw,green\n")
        fixture.folder.expect("validation.csv:2: label 'w' is unknown, expected one of: x, y, z") {
            _ = try ClassificationData(fixture.configuration)
        }
    }

    func testAWeightOfAnUnknownClassIsRefused() throws {
        var fixture = try TaskFixture()
        fixture.configuration.training.classWeights = .listed(LabelWeights([("y", 2), ("Z", 3), ("x", 1)]))
        fixture.folder.expect("training.class_weights: 'Z' is not a label of the data, expected one of x, y, z") {
            _ = try fixture.task()
        }
    }

    /// `é` as one scalar and as two are equal to Swift, and two labels to us.
    func testAWeightIsOfALabelWithTheSameBytes() throws {
        var fixture = try TaskFixture()
        fixture.configuration.data.train = try fixture.folder.write("accents.csv", "\u{e9},a\nx,b\n")
        fixture.configuration.training.classWeights = .listed(LabelWeights([("e\u{301}", 2)]))
        fixture.folder.expect("training.class_weights: 'e\u{301}' is not a label of the data, expected one of x, \u{e9}") {
            _ = try fixture.task()
        }
    }

    func testDataThatDiffersFromACheckpointsIsRefused() throws {
        let fixture = try TaskFixture()
        let artifacts = try fixture.task().artifacts
        _ = try ClassificationData(fixture.configuration, artifacts: artifacts)
        for changed in ["y,red\nx,one\nz,up\nx,new\n", "x,red green\nw,one\n"] {
            var other = fixture.configuration
            other.data.train = try fixture.folder.write("other.csv", changed)
            fixture.folder.expect(
                "other.csv: its vocabulary or labels differ from those of the checkpoint, expected the data the run began with; "
                    + "restore the data, or begin a new run in another output folder"
            ) { _ = try ClassificationData(other, artifacts: artifacts) }
        }
    }

    func testACheckpointWithoutLabelsIsRefused() throws {
        let fixture = try TaskFixture()
        for missing in ["labels", "vocabulary", "feature_width"] {
            let artifacts = try fixture.task().artifacts.filter { $0.name != missing }
            fixture.folder.expect("checkpoint: 'artifacts/\(missing)' is missing, expected the \(missing) of a classification") {
                _ = try ClassificationData(fixture.configuration, artifacts: artifacts, data: nil)
            }
        }
    }

    func testArtifactsGiveTheSameTaskBack() throws {
        let fixture = try TaskFixture(), task = try fixture.task()
        let again = try ClassificationTask.forInference(
            fixture.configuration, artifacts: task.artifacts, data: fixture.configuration.data.train, vectorWidth: nil, team: fixture.team)
        XCTAssertEqual(again.artifacts, task.artifacts)
        XCTAssertEqual(again.parameters.layout.dense.map(\.name), task.parameters.layout.dense.map(\.name))
        XCTAssertEqual(again.validationPlan?.statistics.examples, 10)
    }

    func testTheLogSaysWhatWasRead() throws {
        var fixture = try TaskFixture()
        fixture.configuration.data.maxLength = 3
        fixture.configuration.data.validation = try fixture.folder.write("validation.csv", "x,red strange\ny,\n\nz,up\n")
        var lines: [String] = []
        _ = try fixture.task { lines.append($0) }
        XCTAssertEqual(
            lines,
            [
                "training: 10 sequences, 22 tokens, 0 of them unknown; 2 cut at data.max_length",
                "validation: 3 sequences, 4 tokens, 2 of them unknown; 1 without tokens, read as the unknown token; 1 blank line ignored",
                "3 classes, vocabulary of 10",
            ])
    }

    func testHeldOutExamplesAreThoseOfTheSeed() throws {
        var fixture = try TaskFixture()
        fixture.configuration.data.validationFraction = 0.4
        let first = try ClassificationData(fixture.configuration), again = try ClassificationData(fixture.configuration)
        XCTAssertEqual(first.training, again.training)
        XCTAssertEqual(first.validation, again.validation)
        XCTAssertEqual((first.training?.count ?? 0) + (first.validation?.count ?? 0), 10)
        XCTAssertNotEqual(first.validation?.count ?? 0, 0)
        fixture.configuration.seed = 1
        XCTAssertNotEqual(try ClassificationData(fixture.configuration).validation, first.validation)
    }
}
