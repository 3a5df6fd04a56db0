import Configuration
import Foundation
import XCTest

final class RoundTripTests: XCTestCase {
    /// Documents that between them give every key and every choice.
    private let documents: [String] = [
        document(),
        document(
            "model: {input: {embedding: 5}, layers: [{cell: elman, activation: sigmoid}, {cell: lstm, forget_bias: -1.5e-7}, {reset: before}]}\n"
        ),
        document(
            "model: {input: {embedding: 5}, layers: [{cell: lstm, layer_norm: true, zoneout: 0.05, zoneout_cell: 0.5}], dropout_kind: variational, input_dropout: 0.1, embedding_dropout: 0.2, weight_drop: 0.5}\n"
        ),
        "task: language_model\ndata: {train: t}\ntraining: {random_truncation: {half: 0.1, deviation: 2.5, minimum: 4}}\n",
        "task: language_model\ndata: {train: t}\ntraining: {random_truncation: {}}\n",
        "task: translate\ndata: {train: t}\nmodel: {input: {embedding: 5}, dropout: 0.3, weight_drop: 0.2}\ntraining: {temporal_activation_regularization: 1}\n",
        document("training: {optimizer: {name: asgd, trigger_step: 0}}\n"),
        document(
            "model: {dense: [3, {size: 4, activation: sigmoid}], readout: max, dropout: 0.1, initializer: keras}\n"),
        document(
            "training: {optimizer: {name: sgd, momentum: 0.9, nesterov: true, weight_decay: 1e-4}, schedule: {name: cosine, minimum: 1e-12}}\n"
        ),
        document(
            "training: {optimizer: {name: rmsprop, alpha: 0.123456789012345678, epsilon: 1e-7}, schedule: {name: plateau, metric: macro_f1}}\n"
        ),
        document(
            "training: {optimizer: {name: adagrad, initial_accumulator: 1}, class_weights: balanced, early_stopping: {metric: accuracy}}\n"
        ),
        document(
            "training: {optimizer: {name: adamw}, class_weights: {no: 1, '': 2, 'a, b': 3, 7: 0.1, \"\\u2028\": 4, \u{1F600}: 5}}\n"
        ),
        document(
            "checkpoint: {every_steps: 3, every_minutes: 0.5, keep: 1}\nseed: 18446744073709551615\noutput: 'a: \"b\" # c\\d'\n"
        ),
        "task: classify\ndata: {train: ' x', validation: '1e3', labels: ['1', yes, 'null', 'é', \"e\\u0301\", '#', '-', '{a', '...']}\n",
        "task: classify\ndata: {train: t, columns: {label: '1', text: [a, 3, '1_0', 'x y']}, header: true, tokens: words, max_length: 9}\n",
        "task: classify\ndata: {train: t, tokens: words, standardize: {fold_accents: true, lower_case: false}, vocabulary: {size: 9, fit_rows: 2}}\nmodel: {input: {vectors: 'C:/my, vectors.txt', trainable: true}}\n",
        "task: classify\ndata: {train: t, format: long, tokens: values, columns: {sequence: 1, label: 2, values: [3, temperature]}}\nmodel: {input: features}\n",
        "task: classify\ndata: {train: t, format: ucr, tokens: values}\nmodel: {input: features}\n",
        "task: classify\ndata: {train: t, empty_text: skip, format: class_folders}\n",
        "task: language_model\ndata: {train: t, lines: true, max_length: 9}\nmodel: {output: {softmax: adaptive, cutoffs: [5]}}\n",
        "task: tag\ndata: {train: t, tokens: words}\nmodel: {input: {embedding: 8}}\ntagging: {characters: {size: 5}}\n",
        "task: translate\ndata: {train: t.tsv, tokens: subwords, columns: {source: de, target: en}}\nmodel: {input: {embedding: 8}}\n",
        "task: caption\ndata: {train: t, labels: [a, b], format: csv, columns: {label: 3}}\n",
        "task: forecast\ndata: {train: t, tokens: values}\nmodel: {input: features, readout: mean, dense: [3]}\n",
        "task: memory\ndata: {train: 'builtin:copy', generated: {length: 12}}\nmodel: {dense: [3]}\n",
    ]

    func testCanonicalTextReadsBackEqual() throws {
        for yaml in documents {
            let run = try read(yaml)
            for comments in [true, false] {
                let text = run.yaml(comments: comments)
                let again = try RunConfiguration.read(yaml: Array(text.utf8), name: "other.yaml")
                XCTAssertEqual(again, run, text)
                XCTAssertEqual(again.yaml(comments: comments), text)
                XCTAssertTrue(again.differences(from: run).isEmpty)
            }
        }
        let defaults = RunConfiguration().yaml(comments: true)
        XCTAssertEqual(
            try RunConfiguration.read(yaml: Array(defaults.utf8), name: "x.yaml"), RunConfiguration().resolved)
    }

    func testEveryKeyIsPrintedWithItsValueAndASummary() throws {
        let text = try read(document("training: {optimizer: {name: sgd}}\n")).yaml(comments: true)
        let lines = text.split(separator: "\n").map(String.init)
        XCTAssertEqual(
            lines.first,
            "task: classify                              # the kind of task: \(RunConfiguration.taskNames.listed("or"))"
        )
        XCTAssertTrue(
            lines.contains("  truncation: null                          # time steps a gradient travels; null: all"))
        XCTAssertTrue(lines.contains("    - cell: gru                             # elman, gru or lstm"))
        XCTAssertTrue(
            lines.contains("      # activation: tanh                    # tanh, relu or sigmoid (cell: elman)"))
        XCTAssertTrue(
            lines.contains("  early_stopping: null                      # stops when validation no longer improves"))
        XCTAssertTrue(
            lines.contains(
                "    # patience: 3                           # epochs without improvement before the run stops"))
        for line in lines where !line.contains(" #") { XCTFail("no summary: \(line)") }
    }

    /// Runs kept the keys of all tasks before each key said which tasks use it.
    func testAStoredConfigurationMayHaveKeysThatItsTaskDoesNotUse() throws {
        let yaml = """
            task: memory
            data: {train: 'builtin:copy', tokens: characters, labels: [], max_length: 3, generated: {length: 12}}
            model: {readout: last}
            training: {class_weights: none}
            """
        XCTAssertThrowsError(try RunConfiguration.read(yaml: Array(yaml.utf8), name: "x.yaml"))
        let run = try RunConfiguration.read(yaml: Array(yaml.utf8), name: "x.yaml", isStored: true)
        XCTAssertFalse(run.yaml(comments: false).contains("labels"))
        XCTAssertTrue(
            run.differences(
                from: try read("task: memory\ndata: {train: 'builtin:copy', generated: {length: 12}}\noutput: runs/x\n")
            ).isEmpty)
        XCTAssertNoThrow(try run.applying(["training.epochs=3"]))
        let surnames = "task: classify\ndata: {train: 'builtin:surnames', generated: {length: 50}}\n"
        XCTAssertNoThrow(try RunConfiguration.read(yaml: Array(surnames.utf8), name: "x.yaml", isStored: true))
    }

    func testFlattenedKeysAreOrderedAndComplete() throws {
        let flat = try read(document("model: {dense: [8]}\n")).flattened
        XCTAssertEqual(flat.prefix(3).map(\.key), ["task", "seed", "data.train"])
        XCTAssertEqual(flat.last?.key, "output")
        XCTAssertEqual(flat.first { $0.key == "model.dense.0.size" }?.value, "8")
        XCTAssertEqual(flat.first { $0.key == "data.columns.text" }?.value, "[2]")
        XCTAssertEqual(flat.first { $0.key == "model.input" }?.value, "{one_hot: true}")
        XCTAssertEqual(flat.first { $0.key == "training.optimizer.epsilon" }?.value, "1.0e-08")
        XCTAssertNil(flat.first { $0.key == "model.layers.0.activation" })
        XCTAssertEqual(Set(flat.map(\.key)).count, flat.count)
    }

    func testEveryShippedConfigurationIsValid() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Configs")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        XCTAssertTrue(files.count >= 7, "\(files)")
        for file in files {
            let run = try RunConfiguration.read(file: folder.appendingPathComponent(file).path)
            XCTAssertEqual(run.output, "runs/\(file.dropLast(".yaml".count))")
        }
    }
}
