import Configuration
import Diagnostics
import HDF5
import Interchange
import TestSupport
import XCTest

/// What formats cannot express, and files that do not fit a model.
final class RefusalTests: XCTestCase {
    private func refusal(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "nothing"
    }

    private func export(_ format: ExportFormat, _ name: String, _ change: (inout RunConfiguration) -> Void) throws
        -> String
    {
        var fixture = try ModelFixture()
        change(&fixture.configuration)
        let model = try fixture.model()
        return refusal { _ = try ModelExport(model, to: format, path: name) }
    }

    func testFormatsSayWhatTheyCannotExpress() throws {
        XCTAssertEqual(
            try export(.safetensors, "m.safetensors") {
                $0.model.layers = [ModelFixture.layer(.gru, 3, reset: .before)]
            },
            "model.layers[0].reset: before: PyTorch's GRU resets after the recurrent product alone, expected reset: "
                + "after; Keras has both")
        XCTAssertEqual(
            try export(.safetensors, "m.safetensors") {
                $0.model.layers = [ModelFixture.layer(.elman, 3, activation: .sigmoid)]
            },
            "model.layers[0].activation: sigmoid: PyTorch's RNN has tanh and relu alone, expected tanh or relu; Keras "
                + "has it")
        XCTAssertEqual(
            try export(.keras, "m.weights.h5") { $0.model.readout = .max },
            "model.readout: max: Keras' maximum over time takes padding for states, expected last or mean; PyTorch "
                + "can: --to safetensors")
        XCTAssertEqual(
            try export(.keras, "m.h5") { _ in }, "m.h5: names no file of --to keras, expected *.weights.h5")
        XCTAssertEqual(
            try export(.keras, "\".weights.h5") { _ in },
            "\".weights.h5: has a quotation mark, a backslash or a line break in its name, expected a name that a "
                + "script can state")
        XCTAssertEqual(
            try export(.kerasArchive, "m.h5") { _ in }, "m.h5: names no file of --to keras-archive, expected *.keras")
    }

    func testAnotherTaskIsRefused() throws {
        var fixture = try ModelFixture()
        fixture.configuration.task = "memory"
        fixture.configuration.data.train = "builtin:copy"
        XCTAssertEqual(
            refusal { _ = try fixture.model() },
            "model: task: memory is a measure of cells, not a model for use, expected task: classify, tag or "
                + "language_model")
    }

    func testFilesOfOthersAreNotReplaced() throws {
        let fixture = try ModelFixture(), model = try fixture.model()
        let path = "\(fixture.folder.path)/m.safetensors"
        for _ in 0..<2 { _ = try ModelExport(model, to: .safetensors, path: path).write() }
        _ = try fixture.folder.write("load_model.py", "print('mine')\n")
        fixture.folder.expect(
            "load_model.py: is there already, and not written by rnn-dist, expected no such file; export into a folder "
                + "of its own"
        ) { _ = try ModelExport(model, to: .safetensors, path: path).write() }
    }

    /// What importing says of a file with these changes to what the model's own export has.
    private func importing(
        _ kind: WeightFile.Kind, _ change: (inout [(name: String, PortableTensor)]) -> Void
    ) throws -> String {
        let model = try ModelFixture().model()
        var tensors = [(name: "embedding.weight", PortableTensor(shape: [5, 5], [Float](repeating: 0, count: 25)))]
        for (name, shape) in [
            ("rnn.weight_ih_l0", [9, 5]), ("rnn.weight_hh_l0", [9, 3]), ("rnn.bias_ih_l0", [9]),
            ("rnn.bias_hh_l0", [9]), ("output.weight", [2, 3]), ("output.bias", [2]),
        ] {
            tensors.append((name, PortableTensor(shape: shape, [Float](repeating: 0, count: shape.reduce(1, *)))))
        }
        change(&tensors)
        return refusal { _ = try ModelImport.filling(model, from: WeightFile("f", kind, tensors)) }
    }

    private func zeros(_ shape: [Int]) -> PortableTensor {
        PortableTensor(shape: shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    }

    func testEveryMismatchNamesTheTensor() throws {
        XCTAssertEqual(try importing(.safetensors) { _ in }, "nothing")
        XCTAssertEqual(
            try importing(.safetensors) { $0[0].1 = zeros([7, 5]) },
            "f: 'embedding.weight' has shape [7, 5], expected [5, 5]; its rows are the vocabulary's entries (give them "
                + "with --vocabulary), its columns model.input.embedding")
        XCTAssertEqual(
            try importing(.safetensors) { $0[1].1 = zeros([12, 5]) },
            "f: 'rnn.weight_ih_l0' has shape [12, 5], expected [9, 5]; compare model.layers[0]: cell, size, "
                + "bidirectional, reset, and what comes in")
        XCTAssertEqual(
            try importing(.safetensors) { $0[6].1 = zeros([3]) },
            "f: 'output.bias' has shape [3], expected [2]; its outputs are the labels, tags or entries of the "
                + "vocabulary, in order")
        XCTAssertEqual(
            try importing(.safetensors) { $0[5].1.values[4] = .nan },
            "f: element 4 of 'output.weight' is nan, expected a finite number")
        XCTAssertEqual(
            try importing(.safetensors) { $0.append(("rnn.weight_ih_l1", zeros([9, 3]))) },
            "f: 'rnn.weight_ih_l1' has no place in the model, expected the layers of the configuration; add the layer "
                + "to the configuration, or leave it out of the file")
        XCTAssertEqual(
            try importing(.safetensors) { $0[6].name = "fc.bias" },
            "f: 'output.bias' is missing, expected the layers of the configuration; it has embedding.weight, "
                + "rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, rnn.bias_hh_l0, output.weight, fc.bias")
    }

    func testModulesMayHaveOtherNames() throws {
        let fixture = try ModelFixture(), model = try fixture.model()
        let tensors = [
            ("emb.weight", [5, 5]), ("gru.weight_ih_l0", [9, 5]), ("gru.weight_hh_l0", [9, 3]), ("gru.bias_ih_l0", [9]),
            ("gru.bias_hh_l0", [9]), ("fc.weight", [2, 3]), ("fc.bias", [2]),
        ].map { (name: $0.0, zeros($0.1)) }
        let filled = try ModelImport.filling(
            model, from: WeightFile("f", .safetensors, tensors),
            renamed: [("embedding", "emb"), ("rnn", "gru"), ("output", "fc")])
        XCTAssertEqual(filled.output.weight, zeros([3, 2]))
    }

    func testATiedModelWantsOneMatrix() throws {
        var fixture = try ModelFixture(task: "language_model")
        fixture.configuration.model.input = .embedding(size: 3)
        fixture.configuration.model.output.tied = true
        let tensors: [(name: String, PortableTensor)] = [
            ("embedding.weight", zeros([6, 3])), ("rnn.weight_ih_l0", zeros([9, 3])),
            ("rnn.weight_hh_l0", zeros([9, 3])), ("rnn.bias_ih_l0", zeros([9])), ("rnn.bias_hh_l0", zeros([9])),
            ("output.weight", PortableTensor(shape: [6, 3], [Float](repeating: 1, count: 18))),
            ("output.bias", zeros([6])),
        ]
        let model = try fixture.model()
        XCTAssertEqual(
            refusal { _ = try ModelImport.filling(model, from: WeightFile("f", .safetensors, tensors)) },
            "f: the output's weight is not the embedding, expected one for both; set model.output.tied to false")
    }

    func testATiedMatrixMayBeSavedOnce() throws {
        var fixture = try ModelFixture(task: "language_model")
        fixture.configuration.model.input = .embedding(size: 3)
        fixture.configuration.model.output.tied = true
        let table = PortableTensor(shape: [6, 3], (0..<18).map(Float.init)), model = try fixture.model()
        for name in ["embedding.weight", "output.weight"] {
            let filled = try ModelImport.filling(
                model,
                from: WeightFile(
                    "f", .safetensors,
                    [
                        (name, table), ("rnn.weight_ih_l0", zeros([9, 3])), ("rnn.weight_hh_l0", zeros([9, 3])),
                        ("rnn.bias_ih_l0", zeros([9])), ("rnn.bias_hh_l0", zeros([9])), ("output.bias", zeros([6])),
                    ]))
            XCTAssertEqual(filled.output.weight, table.transposed)
        }
    }

    func testAFileOfAnotherKindIsToldByItsName() throws {
        let model = try ModelFixture().model()
        XCTAssertEqual(
            refusal { _ = try ModelImport.filling(model, from: "model.pt") },
            "model.pt: is of a kind that its name does not tell, expected *.weights.h5 or *.keras (Keras), "
                + "*.safetensors or *.h5 (PyTorch's state_dict)")
    }

    func testKerasFilesOfAnotherCellNameWhatTheyHave() throws {
        ForeignFile.command = [try MPIRun.builtProduct("rnn-dist"), "read-hdf5"]
        var fixture = try ModelFixture()
        let path = "\(fixture.folder.path)/m.weights.h5"
        _ = try ModelExport(fixture.model(), to: .keras, path: path).write()
        fixture.configuration.model.layers = [ModelFixture.layer(.lstm, 3)]
        let model = try fixture.model()
        fixture.folder.expect(
            "m.weights.h5: 'layers/lstm/cell/vars/0' is missing, expected the layers of the configuration; it has "
                + "layers/dense/vars/0, layers/dense/vars/1, layers/embedding/vars/0, layers/gru/cell/vars/0, "
                + "layers/gru/cell/vars/1, layers/gru/cell/vars/2"
        ) { _ = try ModelImport.filling(model, from: path) }
    }
}
