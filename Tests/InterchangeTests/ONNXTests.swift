import Configuration
import Diagnostics
import Foundation
import Interchange
import SwiftProtobuf
import TestSupport
import XCTest

/// What an ONNX file says of a model, read back with the schema it was written with.
final class ONNXTests: XCTestCase {
    private func file(_ model: PortableModel) throws -> Onnx_ModelProto {
        let folder = try TemporaryFolder()
        _ = try ModelExport(model, to: .onnx, path: folder.path + "/model.onnx").write()
        return try Onnx_ModelProto(serializedBytes: Data(contentsOf: URL(fileURLWithPath: folder.path + "/model.onnx")))
    }

    private func numbers(_ file: Onnx_ModelProto, _ name: String) throws -> [Float] {
        let tensor = try XCTUnwrap(file.graph.initializer.first { $0.name == name }, name)
        XCTAssertEqual(tensor.dataType, 1)
        return tensor.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    private func operations(_ file: Onnx_ModelProto) -> String { file.graph.node.map(\.opType).joined(separator: " ") }

    private func shape(_ value: Onnx_ValueInfoProto) -> String {
        let tensor = value.type.tensorType
        let extents = tensor.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
        return "\(value.name) \(tensor.elemType) \(extents.joined(separator: " "))"
    }

    func testGatesStandInONNXsOrder() throws {
        // By ONNX's documentation: LSTM iofc, GRU zrh; ours are i f g o and r z n.
        let orders: [(ModelConfiguration.CellKind, String, String)] = [
            (.elman, "h", "h"), (.gru, "rzn", "zrn"), (.lstm, "ifgo", "iofg"),
        ]
        for (cell, ours, theirs) in orders {
            for reset in [ModelConfiguration.Reset.after, .before] {
                var fixture = try ModelFixture()
                fixture.configuration.model.layers = [ModelFixture.layer(cell, 3, bidirectional: true, reset: reset)]
                let model = try fixture.model(), file = try file(model)
                let input = try numbers(file, "rnn.0.W"), recurrent = try numbers(file, "rnn.0.R")
                let biases = try numbers(file, "rnn.0.B"), gates = ours.count, H = 3, D = 5
                for (d, direction) in model.layers[0].directions.enumerated() {
                    for (place, gate) in theirs.enumerated() {
                        let own = try XCTUnwrap(ours.firstIndex(of: gate)).utf16Offset(in: ours)
                        for u in 0..<H {
                            let row = d * gates * H + place * H + u, column = own * H + u
                            for i in 0..<D {
                                XCTAssertEqual(input[row * D + i], direction.inputWeight.values[i * gates * H + column])
                            }
                            for i in 0..<H {
                                XCTAssertEqual(
                                    recurrent[row * H + i], direction.recurrentWeight.values[i * gates * H + column])
                            }
                            let first = 2 * d * gates * H + place * H + u
                            XCTAssertEqual(biases[first], direction.bias.values[column])
                            XCTAssertEqual(
                                biases[first + gates * H], gate == "n" ? direction.recurrentBias?.values[u] ?? 0 : 0)
                        }
                    }
                }
            }
        }
    }

    func testEachConventionIsSaid() throws {
        func attributes(_ layer: ModelConfiguration.Layer) throws -> String {
            var fixture = try ModelFixture()
            fixture.configuration.model.layers = [layer]
            let nodes = try file(fixture.model()).graph.node
            let node = try XCTUnwrap(nodes.first { ["RNN", "GRU", "LSTM"].contains($0.opType) })
            XCTAssertEqual(node.input, ["gather_0", "rnn.0.W", "rnn.0.R", "rnn.0.B", "cast_0"])
            XCTAssertEqual(node.output, ["", "rnn.0.last"])
            return node.attribute.map { attribute in
                let bytes = attribute.hasS ? [attribute.s] : attribute.strings
                let texts = bytes.map { String(decoding: $0, as: UTF8.self) }
                return "\(attribute.name) \(texts.isEmpty ? "\(attribute.i)" : texts.joined(separator: " "))"
            }.joined(separator: ", ")
        }
        XCTAssertEqual(try attributes(ModelFixture.layer(.lstm, 3)), "hidden_size 3")
        XCTAssertEqual(
            try attributes(ModelFixture.layer(.gru, 4, bidirectional: true)),
            "hidden_size 4, direction bidirectional, linear_before_reset 1")
        XCTAssertEqual(
            try attributes(ModelFixture.layer(.gru, 4, reset: .before)), "hidden_size 4, linear_before_reset 0")
        XCTAssertEqual(
            try attributes(ModelFixture.layer(.elman, 2, bidirectional: true, activation: .sigmoid)),
            "hidden_size 2, direction bidirectional, activations Sigmoid Sigmoid")
    }

    func testEachReadoutIsItsOperators() throws {
        let begin = "Cast Transpose Gather LSTM", end = "MatMul Add Softmax"
        let expected: [(ModelConfiguration.Readout, String)] = [
            (.last, "\(begin) Transpose Reshape \(end)"),
            (
                .mean,
                "\(begin) Transpose Reshape Shape Gather Range Unsqueeze Less Unsqueeze Where ReduceSum Cast Unsqueeze "
                    + "Div \(end)"
            ),
            (
                .max,
                "\(begin) Transpose Reshape Shape Gather Range Unsqueeze Less Unsqueeze Where ReduceMax \(end)"
            ),
        ]
        for (readout, operators) in expected {
            var fixture = try ModelFixture()
            fixture.configuration.model.layers = [ModelFixture.layer(.lstm, 3)]
            fixture.configuration.model.readout = readout
            XCTAssertEqual(try operations(file(fixture.model())), operators)
        }
        let tagger = try file(ModelFixture(task: "tag").model())
        XCTAssertEqual(operations(tagger), "Cast Transpose Gather GRU Transpose Reshape Transpose \(end)")
    }

    func testBatchAndTimeHaveAnyExtent() throws {
        let classifier = try file(ModelFixture().model()), tagger = try file(ModelFixture(task: "tag").model())
        XCTAssertEqual(classifier.graph.input.map(shape), ["tokens 7 batch time", "lengths 7 batch"])
        XCTAssertEqual(classifier.graph.output.map(shape), ["probabilities 1 batch 2"])
        XCTAssertEqual(tagger.graph.output.map(shape), ["probabilities 1 batch time 2"])
        XCTAssertEqual(classifier.irVersion, 8)
        XCTAssertEqual(classifier.opsetImport.map(\.domain), [""])
        XCTAssertEqual(classifier.opsetImport.map(\.version), [17])
        XCTAssertEqual(classifier.metadataProps.map(\.key), ["task", "vocabulary"])
        XCTAssertTrue(classifier.metadataProps[1].value.contains("\"two\""))
    }

    func testOneHotTokensNeedNoTable() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.input = .oneHot
        let file = try file(fixture.model())
        XCTAssertEqual(operations(file), "Cast Transpose OneHot GRU Transpose Reshape MatMul Add Softmax")
        XCTAssertEqual(try numbers(file, "off_and_on"), [0, 1])
        XCTAssertFalse(file.graph.initializer.contains { $0.name == "embedding.weight" })
    }

    func testATiedOutputReadsTheEmbedding() throws {
        var fixture = try ModelFixture(task: "language_model")
        fixture.configuration.model.input = .embedding(size: 3)
        fixture.configuration.model.output.tied = true
        let file = try file(fixture.model())
        XCTAssertEqual(
            file.graph.node.filter { $0.input.contains("embedding.weight") }.map(\.opType), ["Gather", "Transpose"])
        XCTAssertFalse(file.graph.initializer.contains { $0.name == "output.weight" })
    }

    func testEveryNameIsGivenOnceBeforeItIsRead() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.layers = ModelFixture.layers
        fixture.configuration.model.dense = [.init(), .init()]
        fixture.configuration.model.readout = .mean
        let graph = try file(fixture.model()).graph
        var known = Set(graph.input.map(\.name) + graph.initializer.map(\.name))
        XCTAssertEqual(known.count, graph.input.count + graph.initializer.count)
        for node in graph.node {
            for input in node.input { XCTAssertTrue(known.contains(input), "\(node.name) reads \(input)") }
            for output in node.output where !output.isEmpty { XCTAssertTrue(known.insert(output).inserted, output) }
        }
        XCTAssertEqual(Set(graph.node.map(\.name)).count, graph.node.count)
        XCTAssertTrue(known.contains("probabilities"))
    }

    func testWhatAFileCannotHoldIsRefused() {
        XCTAssertThrowsError(try ONNXFile.check(weights: 600_000_000, "model.onnx")) {
            XCTAssertEqual(
                "\($0)",
                "model.onnx: the model has 600000000 weights, expected at most 535822336, as many as an ONNX file "
                    + "holds; PyTorch's files have no such limit: --to safetensors")
        }
        XCTAssertNoThrow(try ONNXFile.check(weights: 500_000_000, "model.onnx"))
    }

    func testANameThatIsNotONNXsIsRefused() throws {
        let model = try ModelFixture().model()
        XCTAssertThrowsError(try ModelExport(model, to: .onnx, path: "model.h5")) {
            XCTAssertEqual("\($0)", "model.h5: names no file of --to onnx, expected *.onnx")
        }
    }

    func testTheScriptBesideItFeedsTokensAndLengths() throws {
        let folder = try TemporaryFolder()
        _ = try ModelExport(ModelFixture(task: "tag").model(), to: .onnx, path: folder.path + "/slots.onnx").write()
        let script = try String(contentsOfFile: folder.path + "/load_model.py", encoding: .utf8)
        for line in [
            "    str(Path(__file__).parent / \"slots.onnx\"), providers=[\"CPUExecutionProvider\"]",
            "    inputs = {\"tokens\": padded, \"lengths\": np.array(lengths, np.int64)}",
            "    return [row[:length] for row, length in zip(rows, lengths)]",
        ] { XCTAssertTrue(script.contains(line + "\n"), line) }
    }
}
