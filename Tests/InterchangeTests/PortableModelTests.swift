import Configuration
import Diagnostics
import Interchange
import Tasks
import XCTest

final class PortableModelTests: XCTestCase {
    func testEveryParameterIsDescribedAndPutBack() throws {
        for input in [ModelConfiguration.Input.embedding(size: 5), .oneHot] {
            for layer in ModelFixture.layers {
                var fixture = try ModelFixture()
                fixture.configuration.model.input = input
                fixture.configuration.model.layers = [layer, ModelFixture.layer(.lstm, 2, bidirectional: true)]
                fixture.configuration.model.dense = [.init()]
                let task = try fixture.task(seed: 1), other = try fixture.task(seed: 2)
                try PortableModel(task, subject: "model").store(into: other.parameters)
                XCTAssertEqual(Array(task.parameters.dense.elements), Array(other.parameters.dense.elements))
                for (one, two) in zip(task.parameters.tables, other.parameters.tables) {
                    XCTAssertEqual(Array(one.storage.elements), Array(two.storage.elements))
                }
            }
        }
    }

    func testShapesAreThoseOfTheConfiguration() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.layers = [ModelFixture.layer(.gru, 3, bidirectional: true)]
        let model = try fixture.model()
        XCTAssertEqual(model.classes, ["x", "y"])
        XCTAssertEqual(model.text?.vocabulary, ["", "[UNK]", "green", "red", "two"])
        XCTAssertEqual(model.text?.stripsPunctuation, true)
        XCTAssertEqual(model.inputSize, 5)
        let layer = model.layers[0], direction = layer.directions[1]
        XCTAssertEqual(layer.outputSize, 6)
        XCTAssertEqual(direction.inputWeight.shape, [5, 9])
        XCTAssertEqual(direction.recurrentWeight.shape, [3, 9])
        XCTAssertEqual(direction.bias.shape, [9])
        XCTAssertEqual(direction.recurrentBias?.shape, [3])
        XCTAssertEqual(model.output.weight.shape, [6, 2])
    }

    func testALanguageModelNamesItsVocabularyAndLineEnd() throws {
        var fixture = try ModelFixture(task: "language_model")
        fixture.configuration.model.input = .embedding(size: 3)
        fixture.configuration.model.output.tied = true
        let model = try fixture.model()
        XCTAssertEqual(model.classes, ["", "[UNK]", "two", "\n", "one", "three"])
        XCTAssertEqual(model.text?.lineEnd, 3)
        XCTAssertTrue(model.isTied)
        XCTAssertEqual(model.output.weight.shape, [3, 6])
        guard case .embedding(let table, _) = model.input else { return XCTFail("an embedding is read") }
        XCTAssertEqual(model.output.weight, table.transposed)
    }

    func testATaggingKeepsWordsAsTheyAre() throws {
        let text = try XCTUnwrap(ModelFixture(task: "tag").model().text)
        XCTAssertFalse(text.lowersCase || text.stripsPunctuation || text.foldsAccents)
        XCTAssertEqual(text.vocabulary, ["", "[UNK]", "blue", "7", "Red", "red"])
    }

    func testWhatOthersLackIsRefusedByItsSetting() throws {
        func refusal(_ task: String = "classify", _ change: (inout RunConfiguration) -> Void) throws -> String {
            var fixture = try ModelFixture(task: task)
            change(&fixture.configuration)
            do { _ = try fixture.model() } catch { return "\(error)" }
            return "nothing"
        }
        XCTAssertEqual(
            try refusal { $0.model.layers[0].layerNorm = true },
            "model: model.layers[0].layer_norm has no counterpart in other frameworks: their recurrent layers do not "
                + "normalize pre-activations, expected layer_norm: false")
        XCTAssertEqual(
            try refusal { $0.model.layers[0].zoneout = 0.1 },
            "model: model.layers[0].zoneout has no counterpart in other frameworks: it mixes states with those before, "
                + "at evaluation, too, expected zoneout: 0")
        XCTAssertEqual(
            try refusal("tag") { $0.tagging.output = .crf },
            "model: tagging.output: crf has no counterpart in other frameworks: the tags of a sentence are chosen "
                + "together by a search, expected output: softmax")
        XCTAssertEqual(
            try refusal("tag") { $0.tagging.characters = .init() },
            "model: tagging.characters has no counterpart in other frameworks: a network over each word's characters "
                + "runs inside that over words, expected characters: null")
        XCTAssertEqual(
            try refusal("tag") { $0.tagging.context = 1 },
            "model: tagging.context has no counterpart in other frameworks: each word is read with those around it, "
                + "expected context: 0")
        XCTAssertEqual(
            try refusal("language_model") {
                $0.model.output.softmax = .adaptive
                $0.model.output.cutoffs = [3]
            },
            "model: model.output.softmax: adaptive has no counterpart in other frameworks: it has a tree of clusters "
                + "of its own, expected softmax: full")
    }

    func testABfloat16ModelIsExportedWithARemark() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.precision = .bfloat16
        XCTAssertEqual(
            try fixture.model().remarks,
            [
                "model.precision is bfloat16, which rounds what products take: in float32, as other frameworks "
                    + "compute, outputs differ in their third digit"
            ])
    }
}
