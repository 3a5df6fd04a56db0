import Configuration
import Foundation
import Interchange
import XCTest

/// The scripts and configurations beside weights, as far as they can be judged without Python.
final class LoadingScriptTests: XCTestCase {
    private func files(_ format: ExportFormat, _ name: String, _ fixture: ModelFixture) throws -> [String: String] {
        let export = try ModelExport(fixture.model(), to: format, path: name)
        return Dictionary(
            uniqueKeysWithValues: export.files.map { ($0.name, String(decoding: $0.bytes, as: UTF8.self)) })
    }

    func testTorchGetsTheModulesOfTheModel() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.layers = Array(
            repeating: ModelFixture.layer(.lstm, 3, bidirectional: true), count: 2)
        fixture.configuration.model.dense = [.init()]
        let script = try XCTUnwrap(files(.safetensors, "m.safetensors", fixture)["load_model.py"])
        for line in [
            "self.embedding = nn.Embedding(5, 5, padding_idx=0)",
            "self.rnn = nn.LSTM(5, 3, num_layers=2, bidirectional=True, batch_first=True)", "last = state[0][-2:]",
            "    nn.Linear(6, 64),", "x = torch.relu(self.dense[0](x))", "self.output = nn.Linear(64, 2)",
            #"load_file(Path(__file__).parent / "m.safetensors"), strict=True)"#,
        ] { XCTAssertTrue(script.contains(line), "\(line)\n\(script)") }
        fixture.configuration.model.layers[1].cell = .gru
        let other = try XCTUnwrap(files(.safetensors, "m.safetensors", fixture)["load_model.py"])
        XCTAssertTrue(other.contains("            nn.GRU(6, 3, bidirectional=True, batch_first=True),\n"), other)
    }

    func testKerasGetsTheLayersOfTheModel() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.layers = [
            ModelFixture.layer(.gru, 3, bidirectional: true, reset: .before),
            ModelFixture.layer(.elman, 2, activation: .relu),
        ]
        let script = try XCTUnwrap(files(.keras, "m.weights.h5", fixture)["load_model.py"])
        for line in [
            "layers.Embedding(5, 5, mask_zero=True),",
            "layers.Bidirectional(layers.GRU(3, reset_after=False, return_sequences=True)),",
            #"layers.SimpleRNN(2, activation="relu"),"#, #"layers.Dense(2, activation="softmax"),"#,
        ] { XCTAssertTrue(script.contains(line), "\(line)\n\(script)") }
    }

    func testTheVocabularySaysHowTokensAreMade() throws {
        let text = try XCTUnwrap(files(.keras, "m.weights.h5", ModelFixture())["vocabulary.json"])
        let object = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        XCTAssertEqual(object["classes"] as? [String], ["x", "y"])
        XCTAssertEqual(object["vocabulary"] as? [String], ["", "[UNK]", "green", "red", "two"])
        XCTAssertEqual(object["tokens"] as? String, "words")
        XCTAssertEqual(object["lower_case"] as? Bool, true)
        XCTAssertEqual(object["strip_punctuation"] as? Bool, true)
        XCTAssertTrue(object["max_length"] is NSNull)
        let model = try XCTUnwrap(files(.safetensors, "m.safetensors", ModelFixture(task: "language_model")))
        XCTAssertTrue(try XCTUnwrap(model["vocabulary.json"]).contains(#""line_end" : 3"#))
    }

    func testAnArchiveDescribesItsLayersAsKerasDoes() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.layers = [ModelFixture.layer(.lstm, 3, bidirectional: true)]
        let archive = try ModelExport(fixture.model(), to: .kerasArchive, path: "m.keras").files[0].bytes
        let bytes = try ZipArchive.file("config.json", in: archive, subject: "m.keras")
        let object = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        XCTAssertEqual(object["class_name"] as? String, "Sequential")
        let layers = try XCTUnwrap((object["config"] as? [String: Any])?["layers"] as? [[String: Any]])
        XCTAssertEqual(
            layers.map { $0["class_name"] as? String }, ["InputLayer", "Embedding", "Bidirectional", "Dense"])
        let both = try XCTUnwrap(layers[2]["config"] as? [String: Any])
        for (name, goesBackward) in [("layer", false), ("backward_layer", true)] {
            let cell = try XCTUnwrap((both[name] as? [String: Any])?["config"] as? [String: Any])
            XCTAssertEqual(cell["units"] as? Int, 3)
            XCTAssertEqual(cell["go_backwards"] as? Bool, goesBackward)
        }
    }
}
