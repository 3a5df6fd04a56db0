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
        for (format, name) in [
            (ExportFormat.safetensors, "a/m.safetensors"), (.keras, "b/m.weights.h5"), (.kerasArchive, "c/m.keras"),
            (.onnx, "d/m.onnx"),
        ] {
            let path = "\(fixture.folder.path)/\(name)"
            for _ in 0..<2 { _ = try ModelExport(model, to: format, path: path).write() }
            _ = try fixture.folder.write(name, "somebody's weights")
            fixture.folder.expect(
                "\(name): is there already, and is not a model of rnn-dist's, expected no such file, or an earlier one to "
                    + "replace; choose another name, or move it away"
            ) { _ = try ModelExport(model, to: format, path: path).write() }
            XCTAssertEqual(try String(contentsOfFile: path, encoding: .utf8), "somebody's weights")
        }
    }

    /// Two models in one folder would share a vocabulary, and a changed script is somebody's work.
    func testWhatStandsBesideTheWeightsIsNotReplaced() throws {
        let fixture = try ModelFixture(), model = try fixture.model()
        let path = "\(fixture.folder.path)/m.safetensors"
        _ = try ModelExport(model, to: .safetensors, path: path).write()
        let script = try String(contentsOfFile: "\(fixture.folder.path)/load_model.py", encoding: .utf8)
        let refusal = "load_model.py: is there already, with another content, expected no such file, or the "
            + "same; export into a folder of its own"
        _ = try fixture.folder.write("load_model.py", script + "print('mine')\n")
        fixture.folder.expect(refusal) { _ = try ModelExport(model, to: .safetensors, path: path).write() }
        _ = try fixture.folder.write("load_model.py", script)
        let other = "\(fixture.folder.path)/m.onnx"
        fixture.folder.expect(refusal) { _ = try ModelExport(model, to: .onnx, path: other).write() }
        XCTAssertFalse(FileManager.default.fileExists(atPath: other), "the weights are not written alone")
    }

    /// What importing says of a file with these changes to what the model's own export has.
    private func importing(
        _ kind: WeightFile.Kind, renamed: [(name: String, inFile: String)] = [],
        layers: [ModelConfiguration.Layer] = [ModelFixture.layer(.gru, 3)],
        _ change: (inout [(name: String, PortableTensor)]) -> Void
    ) throws -> String {
        var fixture = try ModelFixture()
        fixture.configuration.model.layers = layers
        let model = try fixture.model()
        var tensors = [(name: "embedding.weight", PortableTensor(shape: [5, 5], [Float](repeating: 0, count: 25)))]
        for (name, shape) in [
            ("rnn.weight_ih_l0", [9, 5]), ("rnn.weight_hh_l0", [9, 3]), ("rnn.bias_ih_l0", [9]),
            ("rnn.bias_hh_l0", [9]), ("output.weight", [2, 3]), ("output.bias", [2]),
        ] {
            tensors.append((name, PortableTensor(shape: shape, [Float](repeating: 0, count: shape.reduce(1, *)))))
        }
        change(&tensors)
        return refusal { _ = try ModelImport.filling(model, from: WeightFile("f", kind, tensors), renamed: renamed) }
    }

    private func zeros(_ shape: [Int]) -> PortableTensor {
        PortableTensor(shape: shape, [Float](repeating: 0, count: shape.reduce(1, *)))
    }

    func testEveryMismatchNamesTheTensor() throws {
        XCTAssertEqual(try importing(.safetensors) { _ in }, "nothing")
        XCTAssertEqual(
            try importing(.safetensors) { $0[0].1 = zeros([7, 5]) },
            "f: 'embedding.weight' has shape [7, 5], expected [5, 5]; its rows are the vocabulary's entries (give them "
                + "with --vocabulary; padding and [UNK] come first), its columns model.input.embedding")
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
            "f: 'output.bias' is missing, expected the layers of the configuration; a layer that was made without bias "
                + "wants one of zeros; it has embedding.weight, rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, "
                + "rnn.bias_hh_l0, output.weight, fc.bias")
    }

    /// The setting that decides, or the option that helps.
    func testWhatIsMissingOrLeftOverNamesItsCause() throws {
        let two = [ModelFixture.layer(.gru, 3), ModelFixture.layer(.gru, 3)]
        let both = [ModelFixture.layer(.gru, 3, bidirectional: true)]
        let unlike = [ModelFixture.layer(.gru, 3), ModelFixture.layer(.gru, 2)]
        func expect(
            _ cause: String, layers: [ModelConfiguration.Layer] = [ModelFixture.layer(.gru, 3)],
            renamed: [(name: String, inFile: String)] = [], line: UInt = #line,
            _ change: (inout [(name: String, PortableTensor)]) -> Void = { _ in }
        ) throws {
            let text = try importing(.safetensors, renamed: renamed, layers: layers, change)
            XCTAssertTrue(text.contains("; \(cause)"), text, line: line)
        }
        func rename(_ module: String, _ other: String) -> (inout [(name: String, PortableTensor)]) -> Void {
            { tensors in
                for index in tensors.indices where tensors[index].name.hasPrefix(module + ".") {
                    tensors[index].name = other + tensors[index].name.dropFirst(module.count)
                }
            }
        }
        try expect("set bidirectional: true for its layer of model.layers") {
            $0.append(("rnn.weight_ih_l0_reverse", zeros([9, 5])))
        }
        try expect("it has one direction: compare bidirectional of model.layers; it has ", layers: both)
        try expect(
            "it has one direction: compare bidirectional of model.layers; it has ", layers: both, renamed: [("rnn", "lstm")],
            rename("rnn", "lstm"))
        try expect("the weights of a cell by itself (nn.LSTMCell) want names that end in _l0, as those of nn.LSTM; it has ") {
            for index in 1...4 { $0[index].name.removeLast(3) }
        }
        try expect("compare how many there are in model.layers; it has ", layers: two)
        try expect("one module for all layers stands for layers that are alike (cell, size, bidirectional): compare ", layers: unlike)
        try expect("a module for each layer stands for layers that are not alike: compare model.layers", rename("rnn", "rnn.0"))
        try expect("compare model.layers, or where it is called otherwise: --rename rnn=lstm; it has ", rename("rnn", "lstm"))
        try expect("where it is called otherwise: --rename output=head.fc; it has ", rename("output", "head.fc"))
        try expect("where it is called otherwise: --rename output=fc; it has ") { tensors in
            rename("output", "fc")(&tensors)
            tensors.append(("norm.weight", zeros([3])))
        }
        try expect("where it is called otherwise: --rename output=NAME-IN-FILE; it has ") { tensors in
            rename("output", "fc")(&tensors)
            tensors += [("norm.weight", zeros([3])), ("norm.bias", zeros([3]))]
        }
        try expect("compare model.input, or where it is called otherwise: --rename embedding=NAME-IN-FILE; it has ") {
            $0.removeFirst()
        }
        try expect("a layer has its weight itself: where it is made of others (weight_norm), save it without them; it has ") {
            $0[5].name = "output.weight_v"
        }
        XCTAssertEqual(
            try importing(.safetensors, renamed: [("lstm", "rnn")]) { _ in },
            "--rename lstm=rnn: the model has nothing of the name 'lstm', expected embedding, rnn or output; first the "
                + "name here, then that in the file")
    }

    func testOneHotInputNamesTheVocabulary() throws {
        var fixture = try ModelFixture()
        fixture.configuration.model.input = .oneHot
        let model = try fixture.model()
        let tensors = [
            ("rnn.weight_ih_l0", [9, 50]), ("rnn.weight_hh_l0", [9, 3]), ("rnn.bias_ih_l0", [9]), ("rnn.bias_hh_l0", [9]),
            ("output.weight", [2, 3]), ("output.bias", [2]),
        ].map { (name: $0.0, zeros($0.1)) }
        XCTAssertEqual(
            refusal { _ = try ModelImport.filling(model, from: WeightFile("f", .safetensors, tensors)) },
            "f: 'rnn.weight_ih_l0' has shape [9, 50], expected [9, 5]; compare model.layers[0]: cell, size, "
                + "bidirectional, reset, and what comes in, which is one-hot: the vocabulary's entries (give them with "
                + "--vocabulary; padding and [UNK] come first)")
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
                + "*.safetensors or *.h5 (PyTorch's state_dict); reading a pickle runs code that stands in it: load it "
                + "in PyTorch, and save its state_dict by safetensors.torch.save_file")
    }

    func testKerasFilesOfAnotherCellNameWhatTheyHave() throws {
        ForeignFile.command = [try MPIRun.builtProduct("rnn-dist"), "read-hdf5"]
        var fixture = try ModelFixture()
        let path = "\(fixture.folder.path)/m.weights.h5"
        _ = try ModelExport(fixture.model(), to: .keras, path: path).write()
        fixture.configuration.model.layers = [ModelFixture.layer(.lstm, 3)]
        let model = try fixture.model()
        fixture.folder.expect(
            "m.weights.h5: 'layers/lstm/cell/vars/0' is missing, expected the layers of the configuration; groups are "
                + "named by the layers' classes, in order: compare model.input, model.layers (cell, bidirectional) and "
                + "model.dense; it has layers/dense/vars/0, layers/dense/vars/1, layers/embedding/vars/0, layers/gru/cell/vars/0, "
                + "layers/gru/cell/vars/1, layers/gru/cell/vars/2"
        ) { _ = try ModelImport.filling(model, from: path) }
    }
}
