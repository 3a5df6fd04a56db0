import Configuration
import XCTest

final class ReadingTests: XCTestCase {
    func testEveryShapeOfTheDesignIsRead() throws {
        let run = try read(
            """
            task: classify
            seed: 18446744073709551615
            data:
              train: train.csv
              validation: test.csv
              columns: {label: kind, text: [2, "3", title]}
              tokens: words
              standardize: {lower_case: false}
              vocabulary: {size: 20_000, fit_rows: 2000, min_count: 2}
              max_length: 256
              labels: [1, no, null-ish, 'a: b']
            model:
              input: {vectors: glove.txt, trainable: true}
              layers:
                - {cell: lstm, size: 64, bidirectional: true, forget_bias: 1}
                - {cell: elman, activation: relu}
              dropout: 0.2
              dense: [64, {size: 32, activation: tanh}]
            training:
              truncation: 35
              optimizer: {name: sgd, learning_rate: 1e-2, momentum: .9, nesterov: true}
              clip_norm: 5
              class_weights: {no: 2, 1: 0.5}
              early_stopping: {patience: 2}
            checkpoint: {every_steps: 1000, every_minutes: 2.5}
            output: runs/x
            """)
        XCTAssertEqual(run.seed, .max)
        XCTAssertEqual(run.data.columns.label, .name("kind"))
        XCTAssertEqual(run.data.columns.text, [.number(2), .name("3"), .name("title")])
        XCTAssertEqual(run.data.standardize.lowerCase, false)
        XCTAssertEqual(run.data.standardize.stripPunctuation, true)
        XCTAssertEqual(run.data.vocabulary.size, 20_000)
        XCTAssertEqual(run.data.labels, ["1", "no", "null-ish", "a: b"])
        XCTAssertEqual(run.model.input, .vectors(path: "glove.txt", trainable: true))
        XCTAssertEqual(run.model.layers.map(\.cell), [.lstm, .elman])
        XCTAssertEqual(run.model.layers[0].forgetBias, 1)
        XCTAssertEqual(run.model.layers[1].activation, .relu)
        XCTAssertEqual(run.model.layers[1].size, 128)
        XCTAssertEqual(run.model.dense.map(\.size), [64, 32])
        XCTAssertEqual(run.model.dense.map(\.activation), [.relu, .tanh])
        XCTAssertEqual(run.training.truncation, 35)
        XCTAssertEqual(run.training.optimizer.learningRate, 0.01)
        XCTAssertEqual(run.training.optimizer.momentum, 0.9)
        XCTAssertEqual(run.training.classWeights, .listed(LabelWeights([("1", 0.5), ("no", 2)])))
        XCTAssertEqual(run.training.earlyStopping?.patience, 2)
        XCTAssertEqual(run.checkpoint.everyMinutes, 2.5)
        XCTAssertEqual(run.output, "runs/x")
    }

    func testOneColumnNeedsNoList() throws {
        let run = try read("task: classify\ndata: {train: t.csv, columns: {text: body}}")
        XCTAssertEqual(run.data.columns.text, [.name("body")])
    }

    func testStandardizationDependsOnTheTokens() throws {
        let characters = try read(document()).data.standardize
        XCTAssertEqual(
            [characters.lowerCase, characters.stripPunctuation, characters.foldAccents], [false, false, false])
        let words = try read(document(), overrides: ["data.tokens=words"]).data.standardize
        XCTAssertEqual([words.lowerCase, words.stripPunctuation, words.foldAccents], [true, true, false])
    }

    func testTheOutputFolderIsNamedAfterTheFile() throws {
        let bytes = Array(document().utf8)
        XCTAssertEqual(try RunConfiguration.read(yaml: bytes, name: "a/b/news.yaml").output, "runs/news")
        XCTAssertEqual(try RunConfiguration.read(yaml: bytes, name: "news.v2.yml").output, "runs/news.v2")
    }

    func testWithoutAFileTheEmbeddedTaskIsTrained() throws {
        let run = try RunConfiguration().applying([])
        XCTAssertEqual(run.data.train, "builtin:surnames")
        XCTAssertEqual(run.data.tokens, .characters)
        XCTAssertEqual(run.data.standardize.foldAccents, true)
        XCTAssertEqual(run.model.input, .oneHot)
        XCTAssertEqual(run.training.clipNorm, 5)
        XCTAssertEqual(run, RunConfiguration().resolved)
    }

    func testLabelsAreComparedBytewise() throws {
        let run = try read("task: classify\ndata: {train: t.csv, labels: [\"\\u00e9\", \"e\\u0301\"]}")
        XCTAssertEqual(run.data.labels.map { Array($0.utf8).count }, [2, 3])
        let weights = LabelWeights([("e\u{301}", 1), ("\u{e9}", 2)])
        XCTAssertEqual(weights["\u{e9}"], 2)
        XCTAssertEqual(weights["e\u{301}"], 1)
    }

    func testAMissingFileIsNamed() {
        assertDiagnostic("no/such.yaml: does not exist, expected a configuration file") {
            _ = try RunConfiguration.read(file: "no/such.yaml")
        }
        assertDiagnostic("/dev/zero: is longer than 262144 bytes, expected a configuration") {
            _ = try RunConfiguration.read(file: "/dev/zero")
        }
        assertDiagnostic(
            "/: is a folder, expected a configuration file; a run goes on with its configuration and --resume, or with "
                + "--from FOLDER"
        ) {
            _ = try RunConfiguration.read(file: "/")
        }
    }
}
