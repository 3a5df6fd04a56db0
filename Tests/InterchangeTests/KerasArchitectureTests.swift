import Configuration
import Diagnostics
import Foundation
import Interchange
import TestSupport
import XCTest

/// What a Keras archive's `config.json` says, compared with a configuration's model.
final class KerasArchitectureTests: XCTestCase {
    /// A layer as Keras writes it; its name is its class in small letters.
    private func layer(_ kind: String, _ arguments: [String: Any] = [:]) -> [String: Any] {
        let named = arguments.merging(["name": kind.lowercased()]) { own, _ in own }
        return ["module": "keras.layers", "class_name": kind, "config": named, "registered_name": NSNull()]
    }

    private func model(_ kind: String, _ layers: [Any]) -> [String: Any] {
        ["class_name": kind, "config": ["name": "m", "layers": layers] as [String: Any]]
    }

    private var embedding: [String: Any] { layer("Embedding", ["mask_zero": true]) }
    private var output: [String: Any] { layer("Dense", ["activation": "softmax", "name": "output"]) }

    private func bytes(_ json: Any) throws -> [UInt8] { Array(try JSONSerialization.data(withJSONObject: json)) }

    /// What is said of layers where the configuration, unless changed, wants one LSTM's last state.
    private func refusal(
        _ layers: [Any], of kind: String = "Sequential", task: String = "classify",
        _ change: (inout ModelConfiguration) -> Void = { _ in }
    ) throws -> String {
        var fixture = try ModelFixture(task: task)
        fixture.configuration.model.layers = [ModelFixture.layer(.lstm, 3)]
        change(&fixture.configuration.model)
        let wanted = try fixture.model(), json = try bytes(model(kind, layers))
        do { try KerasArchitecture(json, subject: "m.keras").check(wanted) } catch { return "\(error)" }
        return "nothing"
    }

    /// The same of an LSTM, or another layer, between an embedding and the output.
    private func refusal(
        _ kind: String, _ arguments: [String: Any] = [:], _ change: (inout ModelConfiguration) -> Void = { _ in }
    ) throws -> String { try refusal([embedding, layer(kind, arguments), output], change) }

    private func assertExportPasses(_ fixture: ModelFixture, _ message: String, line: UInt = #line) throws {
        let model = try fixture.model()
        let archive = try ModelExport(model, to: .kerasArchive, path: "m.keras").files[0].bytes
        let json = try ZipArchive.file("config.json", in: archive, subject: "m.keras")
        let architecture = try KerasArchitecture(json, subject: "m.keras")
        XCTAssertNoThrow(try architecture.check(model), message, line: line)
        XCTAssertEqual(architecture.notes, [], message, line: line)
    }

    func testEveryExportPasses() throws {
        for readout in [ModelConfiguration.Readout.last, .mean] {
            for input in [ModelConfiguration.Input.embedding(size: 5), .oneHot] {
                for layer in ModelFixture.layers + [ModelFixture.layer(.elman, 3, activation: .sigmoid)] {
                    var fixture = try ModelFixture(), dense = ModelConfiguration.Dense()
                    dense.activation = .tanh
                    fixture.configuration.model.input = input
                    fixture.configuration.model.layers = [layer, layer]
                    fixture.configuration.model.readout = readout
                    fixture.configuration.model.dense = [.init(), dense]
                    try assertExportPasses(fixture, "\(layer) \(readout) \(input)")
                }
            }
        }
        for (task, isTied) in [("tag", false), ("language_model", false), ("language_model", true)] {
            var fixture = try ModelFixture(task: task)
            fixture.configuration.model.input = .embedding(size: 3)
            fixture.configuration.model.output.tied = isTied
            try assertExportPasses(fixture, "\(task) \(isTied)")
        }
        var fixture = try ModelFixture()
        fixture.configuration.data.tokens = .values
        fixture.configuration.model.input = .features
        fixture.configuration.data.train = try fixture.folder.write("train.txt", "0 1.5 2\n1 3 4 5\n0 2\n1 7 8\n")
        try assertExportPasses(fixture, "features")
    }

    func testAnExportIsRefusedByAnotherConfiguration() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.layers = [ModelFixture.layer(.elman, 3, activation: .relu)]
        let archive = try ModelExport(fixture.model(), to: .kerasArchive, path: "m.keras").files[0].bytes
        let json = try ZipArchive.file("config.json", in: archive, subject: "m.keras")
        fixture.configuration.model.layers = [ModelFixture.layer(.elman, 3)]
        let other = try fixture.model()
        fixture.folder.expect(
            "m.keras: layer 'simple_rnn' has activation=relu, expected tanh; model.layers[0].activation can be tanh, "
                + "relu or sigmoid"
        ) { try KerasArchitecture(json, subject: "m.keras").check(other) }
    }

    func testWhatChangesNothingPasses() throws {
        let lstm = layer("LSTM"), sequences = layer("LSTM", ["return_sequences": true])
        let logits = layer("Dense", ["activation": "linear"])
        let softmax = layer("Activation", ["activation": "softmax"])
        XCTAssertEqual(try refusal([embedding, lstm, output]), "nothing")
        XCTAssertEqual(
            try refusal([
                layer("InputLayer"), layer("TextVectorization"), embedding, layer("NotEqual"), layer("SpatialDropout1D"),
                lstm, layer("Dropout"), logits, softmax,
            ]), "nothing")
        XCTAssertEqual(try refusal([embedding, lstm, logits]), "nothing", "from_logits=True")
        XCTAssertEqual(try refusal([embedding, lstm, layer("Dense"), layer("Softmax")]), "nothing")
        XCTAssertEqual(
            try refusal([embedding, layer("LSTM", ["dropout": 0.5, "stateful": true, "unroll": true]), output]), "nothing")
        XCTAssertEqual(try refusal([embedding, lstm, output], of: "Functional"), "nothing")
        XCTAssertEqual(try refusal([model("Sequential", [embedding, lstm]), output]), "nothing")
        XCTAssertEqual(
            try refusal([embedding, sequences, layer("TimeDistributed", ["layer": output])], task: "tag"), "nothing")
        XCTAssertEqual(try refusal([embedding, lstm, output], task: "language_model"), "nothing")
        let cell = layer("LSTMCell", ["activation": "tanh"])
        XCTAssertEqual(try refusal("RNN", ["cell": cell]), "nothing")
        XCTAssertEqual(try refusal("Bidirectional", ["layer": lstm]) { $0.layers[0].bidirectional = true }, "nothing")
    }

    func testAnActivationIsReadInBothForms() throws {
        let forms: [Any] = [
            "relu", ["class_name": "function", "config": "relu", "registered_name": "relu"],
            ["class_name": "relu", "config": [:] as [String: Any]] as [String: Any],
        ]
        for form in forms {
            XCTAssertEqual(
                try refusal("LSTM", ["activation": form]),
                "m.keras: layer 'lstm' has activation=relu, expected tanh; LSTM layers have no other here")
            XCTAssertEqual(
                try refusal("SimpleRNN", ["activation": form]) {
                    $0.layers = [ModelFixture.layer(.elman, 3, activation: .relu)]
                }, "nothing")
        }
        XCTAssertEqual(try refusal("LSTM", ["activation": ["class_name": "function", "config": "tanh"]]), "nothing")
        XCTAssertEqual(
            try refusal("LSTM", ["activation": NSNull()]),
            "m.keras: layer 'lstm' has activation=None, expected tanh; LSTM layers have no other here")
        XCTAssertEqual(
            try refusal("LSTM", ["activation": 3]),
            "m.keras: layer 'lstm' has activation=unknown, expected tanh; LSTM layers have no other here")
    }

    func testRecurrentLayersThatComputeSomethingElseAreRefused() throws {
        let gru = ModelFixture.layer(.gru, 3), elman = ModelFixture.layer(.elman, 3)
        XCTAssertEqual(
            try refusal("LSTM", ["recurrent_activation": "hard_sigmoid"]),
            "m.keras: layer 'lstm' has recurrent_activation=hard_sigmoid, expected sigmoid; LSTM layers have no other "
                + "here")
        XCTAssertEqual(
            try refusal("GRU", ["activation": "relu"]) { $0.layers = [gru] },
            "m.keras: layer 'gru' has activation=relu, expected tanh; GRU layers have no other here")
        XCTAssertEqual(
            try refusal("SimpleRNN", ["activation": "selu"]) { $0.layers = [elman] },
            "m.keras: layer 'simplernn' has activation=selu, expected tanh; model.layers[0].activation can be tanh, relu "
                + "or sigmoid")
        XCTAssertEqual(
            try refusal("GRU", ["reset_after": false]) { $0.layers = [gru] },
            "m.keras: layer 'gru' has reset_after=False, expected True; set model.layers[0].reset to before")
        XCTAssertEqual(
            try refusal("GRU") { $0.layers = [ModelFixture.layer(.gru, 3, reset: .before)] },
            "m.keras: layer 'gru' has reset_after=True, expected False; set model.layers[0].reset to after")
        XCTAssertEqual(
            try refusal("LSTM", ["go_backwards": true]),
            "m.keras: layer 'lstm' has go_backwards=True, expected False; layers read forward, or with bidirectional: "
                + "true both ways")
        XCTAssertEqual(
            try refusal("LSTM", ["return_state": true]),
            "m.keras: layer 'lstm' has return_state=True, expected False; which of its states is read does not show")
        XCTAssertEqual(
            try refusal("SimpleRNN"),
            "m.keras: layer 'simplernn' is of class SimpleRNN, expected LSTM; set model.layers[0].cell to elman")
        XCTAssertEqual(
            try refusal("LSTM") { $0.layers = [gru] },
            "m.keras: layer 'lstm' is of class LSTM, expected GRU; set model.layers[0].cell to lstm")
        let cell = layer("LSTMCell", ["activation": "relu"])
        XCTAssertEqual(
            try refusal("RNN", ["cell": cell]),
            "m.keras: layer 'rnn' has activation=relu, expected tanh; LSTM layers have no other here")
    }

    func testBothDirectionsAreCompared() throws {
        let lstm = layer("LSTM")
        func bidirectional(_ arguments: [String: Any]) throws -> String {
            try refusal("Bidirectional", arguments) { $0.layers[0].bidirectional = true }
        }
        let backward = layer("LSTM", ["go_backwards": true, "activation": "relu", "name": "backward"])
        XCTAssertEqual(
            try bidirectional(["layer": lstm, "backward_layer": backward]),
            "m.keras: layer 'backward' has activation=relu, expected tanh; LSTM layers have no other here")
        XCTAssertEqual(
            try bidirectional(["layer": layer("LSTM", ["go_backwards": true]), "backward_layer": lstm]),
            "m.keras: layer 'lstm' has go_backwards=True, expected False; layers read forward, or with bidirectional: "
                + "true both ways")
        XCTAssertEqual(
            try bidirectional(["layer": lstm, "merge_mode": "sum"]),
            "m.keras: layer 'bidirectional' has merge_mode=sum, expected concat; states of both directions stand side "
                + "by side")
        XCTAssertEqual(
            try bidirectional(["layer": lstm, "merge_mode": NSNull()]),
            "m.keras: layer 'bidirectional' has merge_mode=None, expected concat; states of both directions stand side "
                + "by side")
        XCTAssertEqual(
            try refusal("Bidirectional", ["layer": lstm]),
            "m.keras: layer 'bidirectional' has 2 directions, expected 1; set model.layers[0].bidirectional to true")
        XCTAssertEqual(
            try refusal("LSTM") { $0.layers[0].bidirectional = true },
            "m.keras: layer 'lstm' has 1 direction, expected 2; set model.layers[0].bidirectional to false")
    }

    func testWhichStatesAreReadIsCompared() throws {
        let last = layer("LSTM"), all = layer("LSTM", ["return_sequences": true])
        let most = layer("GlobalMaxPooling1D"), mean = layer("GlobalAveragePooling1D")
        func readout(_ layers: [Any], _ readout: ModelConfiguration.Readout, task: String = "classify") throws -> String {
            try refusal([embedding] + layers + [output], task: task) { $0.readout = readout }
        }
        XCTAssertEqual(try readout([all, most], .max), "nothing")
        XCTAssertEqual(try readout([all, mean], .mean), "nothing")
        XCTAssertEqual(
            try readout([all, most], .last), "m.keras: its readout is max, expected last; set model.readout to max")
        XCTAssertEqual(
            try readout([all, mean], .max), "m.keras: its readout is mean, expected max; set model.readout to mean")
        XCTAssertEqual(
            try readout([last], .mean), "m.keras: its readout is last, expected mean; set model.readout to last")
        XCTAssertEqual(
            try readout([all], .last),
            "m.keras: its readout is every step, expected last; task: tag answers in every time step, task: "
                + "classify once")
        XCTAssertEqual(
            try readout([last], .last, task: "tag"),
            "m.keras: its readout is last, expected every step; task: tag answers in every time step, task: "
                + "classify once")
        let two = [ModelFixture.layer(.lstm, 3), ModelFixture.layer(.lstm, 3)]
        XCTAssertEqual(try refusal([embedding, all, last, output]) { $0.layers = two }, "nothing")
        XCTAssertEqual(
            try refusal([embedding, last, last, output]) { $0.layers = two },
            "m.keras: layer 'lstm' has return_sequences=False, expected True; the layer behind it reads every state")
    }

    func testDenseLayersAreCompared() throws {
        let lstm = layer("LSTM")
        func dense(_ layers: [Any]) throws -> String {
            try refusal([embedding, lstm] + layers) { $0.dense = [.init()] }
        }
        XCTAssertEqual(try dense([layer("Dense", ["activation": "relu"]), output]), "nothing")
        XCTAssertEqual(
            try dense([layer("Dense"), layer("Activation", ["activation": "relu"]), layer("Dropout"), output]), "nothing")
        XCTAssertEqual(
            try dense([layer("Dense", ["activation": "tanh"]), output]),
            "m.keras: layer 'dense' has activation=tanh, expected relu; model.dense[0].activation can be tanh, relu "
                + "or sigmoid")
        XCTAssertEqual(
            try dense([layer("Dense"), output]),
            "m.keras: layer 'dense' has activation=linear, expected relu; model.dense[0].activation can be tanh, relu "
                + "or sigmoid")
        XCTAssertEqual(
            try refusal([embedding, lstm, layer("Dense", ["activation": "sigmoid"])]),
            "m.keras: layer 'dense' has activation=sigmoid, expected softmax; classes exclude each other here")
        XCTAssertEqual(
            try refusal([embedding, lstm, layer("Dense"), layer("Activation", ["activation": "sigmoid"])]),
            "m.keras: layer 'dense' has activation=sigmoid, expected softmax; classes exclude each other here")
        XCTAssertEqual(
            try dense([output]),
            "m.keras: it has 1 Dense layer, expected 2; compare model.dense, behind which comes the output")
        XCTAssertEqual(
            try refusal([embedding, output]), "m.keras: it has 0 recurrent layers, expected 1; compare model.layers")
    }

    func testAnEmbeddingIsNoOneHotInputUnlessFrozen() throws {
        let lstm = layer("LSTM")
        XCTAssertEqual(
            try refusal([embedding, lstm, output]) { $0.input = .oneHot },
            "m.keras: layer 'embedding' has trainable=True, expected False; set model.input to {embedding: SIZE}")
        XCTAssertEqual(try refusal([lstm, output]) { $0.input = .oneHot }, "nothing")
    }

    func testLayersWithoutCounterpartAreRefused() throws {
        let lstm = layer("LSTM"), all = layer("LSTM", ["return_sequences": true])
        let rest = ", expected Embedding, recurrent layers, pooling over time and Dense layers, in this order; answers "
            + "would be others"
        for kind in ["LayerNormalization", "Attention", "Lambda", "Flatten", "GetItem", "Concatenate", "CuDNNLSTM"] {
            XCTAssertEqual(
                try refusal([embedding, all, layer(kind), output]),
                "m.keras: layer '\(kind.lowercased())' is of class \(kind)\(rest)")
        }
        XCTAssertEqual(
            try refusal([embedding, layer("TimeDistributed", ["layer": lstm]), output]),
            "m.keras: layer 'timedistributed' is of class TimeDistributed\(rest)")
        XCTAssertEqual(
            try refusal("RNN", ["cell": layer("StackedRNNCells")]),
            "m.keras: layer 'rnn' is of class StackedRNNCells\(rest)")
        XCTAssertEqual(
            try refusal([embedding, layer("Activation", ["activation": "tanh"]), lstm, output]),
            "m.keras: layer 'activation' is of class Activation\(rest)")
        XCTAssertEqual(
            try refusal([embedding, all, layer("Dense"), layer("GlobalMaxPooling1D"), output]),
            "m.keras: layer 'globalmaxpooling1d' comes behind 'dense'\(rest)")
        XCTAssertEqual(
            try refusal([embedding, layer("Dense"), lstm, output]), "m.keras: layer 'lstm' comes behind 'dense'\(rest)")
        var twice = lstm
        twice["inbound_nodes"] = [[:], [:]] as [[String: Any]]
        XCTAssertEqual(
            try refusal([embedding, twice, output], of: "Functional"), "m.keras: layer 'lstm' is used 2 times\(rest)")
        XCTAssertEqual(
            try refusal([embedding, lstm, 7]), "m.keras: layer 'm' has one without class_name and config\(rest)")
    }

    func testPaddingThatCountsIsNoted() throws {
        func notes(_ arguments: [String: Any]) throws -> [String] {
            let json = try bytes(model("Sequential", [layer("Embedding", arguments), layer("LSTM"), output]))
            return try KerasArchitecture(json, subject: "m.keras").notes
        }
        XCTAssertEqual(try notes(["mask_zero": true]), [])
        for arguments in [[:], ["mask_zero": false]] as [[String: Any]] {
            XCTAssertEqual(
                try notes(arguments),
                ["m.keras: layer 'embedding' has mask_zero=False: padding counts in Keras, here is none"])
        }
    }

    func testWhatDescribesNoModelIsRefused() throws {
        let deep = String(repeating: "[", count: 100_000)
        let texts = [
            "", " ", "3", "null", "[]", "{}", "{", deep, #"{"class_name": 3}"#, #"{"class_name": "Sequential"}"#,
            #"{"class_name": "Sequential", "config": []}"#, #"{"class_name": "Sequential", "config": {}}"#,
            #"{"class_name": "Functional", "config": {"layers": {}}}"#,
            #"{"class_name": "MyModel", "config": {"layers": []}}"#,
            #"{"class_name": "Sequential", "config": {"layers": []}, "more": "# + deep,
            #"{"class_name": "Sequential", "config": {"layers": []}}"# + String(repeating: " ", count: 8 << 20),
        ]
        let folder = try TemporaryFolder()
        for text in texts.map({ Array($0.utf8) }) + [[0xFF, 0xFE, 0x00], [0x22, 0xC3, 0x28, 0x22]] {
            folder.expect(
                "m.keras: its config.json describes no model of layers, expected a Sequential or functional one, of at most "
                    + "8 MiB; build such a model with the same layers, and set_weights"
            ) { _ = try KerasArchitecture(text, subject: "m.keras") }
        }
    }

    /// Whatever stands in the place of whatever: a diagnostic, or nothing.
    func testNoValueOfAnotherTypeTraps() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.layers[0].bidirectional = true
        fixture.configuration.model.readout = .max
        fixture.configuration.model.dense = [.init()]
        let wanted = try fixture.model(), backward = layer("GRU", ["go_backwards": true, "return_sequences": true])
        let bidirectional = layer(
            "Bidirectional",
            ["layer": layer("RNN", ["cell": layer("GRUCell")]), "backward_layer": backward, "merge_mode": "concat"])
        let layers = [
            embedding, bidirectional, layer("GlobalMaxPooling1D"), layer("Dense", ["activation": ["config": "relu"]]),
            layer("TimeDistributed", ["layer": output]),
        ]
        let whole = try bytes(model("Functional", layers)), text = String(decoding: whole, as: UTF8.self)
        XCTAssertNoThrow(try KerasArchitecture(whole, subject: "m.keras").check(wanted))
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let values = [
            "null", "true", "-1", "1e308", "1e999", "99999999999999999999", "\"\"", "[]", "{}", "[[null]]",
            "{\"config\": {}}",
        ]
        for place in parts.indices.dropFirst() {
            for value in values {
                // A value for the one that begins here: what followed it becomes the value of another key.
                var changed = parts.map(String.init)
                changed[place] = "\(value), \"_\": \(changed[place])"
                let json = Array(changed.joined(separator: ":").utf8)
                do { try KerasArchitecture(json, subject: "m.keras").check(wanted) } catch {
                    XCTAssertTrue(error is Diagnostic, "\(error)")
                }
            }
        }
    }

    func testModelsInsideModelsHaveAnEnd() throws {
        var text = #"{"class_name": "Sequential", "config": {"layers": []}}"#
        for _ in 0..<100 { text = #"{"class_name": "Sequential", "config": {"layers": ["# + text + "]}}" }
        let wanted = try ModelFixture().model(), folder = try TemporaryFolder()
        folder.expect("m.keras: it has 0 recurrent layers, expected 1; compare model.layers") {
            try KerasArchitecture(Array(text.utf8), subject: "m.keras").check(wanted)
        }
    }
}
