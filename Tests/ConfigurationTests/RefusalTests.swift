import Configuration
import XCTest

/// Each message is pinned word for word: it is all a user sees.
final class RefusalTests: XCTestCase {
    func testAnUnknownKeyNamesTheNearest() {
        assertRefused(
            document("training:\n  batchsize: 3\n"),
            "config.yaml:4: unknown key 'batchsize' in training; did you mean 'batch_size'?")
        assertRefused(
            document("model: {layers: [{cell:lstm, size: 3}]}\n"),
            "config.yaml:3: unknown key 'cell:lstm'; a blank belongs behind a key's colon: 'cell: lstm'")
        assertRefused(
            document(), ["training:epochs=3"],
            "--set training:epochs=3: unknown key 'training:epochs'; sections and keys are joined by '.'")
        assertRefused(document("modle: {}\n"), "config.yaml:3: unknown key 'modle'; did you mean 'model'?")
    }

    func testAKeyInTheWrongSectionIsFound() {
        assertRefused(
            document("training: {learning_rate: 3}\n"),
            "config.yaml:3: unknown key 'learning_rate' in training; did you mean 'training.optimizer.learning_rate'?")
        assertRefused(
            document("patience: 3\n"),
            "config.yaml:3: unknown key 'patience'; did you mean 'training.early_stopping.patience'?")
    }

    func testAKeyNearToNoneListsAll() {
        assertRefused(
            document("checkpoint: {wibble: 3}\n"),
            "config.yaml:3: unknown key 'wibble' in checkpoint, expected every_steps, every_minutes or keep")
    }

    func testAWrongTypeNamesWhatBelongsThere() {
        assertRefused(
            document("training:\n  epochs: many\n"),
            "config.yaml:4: training.epochs is 'many', expected a whole number from 1 to 1000000000")
        assertRefused(
            document("training:\n  epochs: '3'\n"),
            "config.yaml:4: training.epochs is '3', expected a whole number from 1 to 1000000000")
        assertRefused(
            document("training:\n  epochs:\n"),
            "config.yaml:4: training.epochs is empty, expected a whole number from 1 to 1000000000")
        assertRefused(
            document("training:\n  epochs: [1]\n"),
            "config.yaml:4: training.epochs is a list, expected a whole number from 1 to 1000000000")
        assertRefused(
            document("checkpoint: 5\n"),
            "config.yaml:3: checkpoint is '5', expected a mapping; its keys are every_steps, every_minutes and keep")
        assertRefused(
            document("model: {layers: {cell: gru}}\n"),
            "config.yaml:3: model.layers is a mapping, expected a list of at least 1")
        assertRefused(
            document("model:\n  layers:\n    - cell: gru\n      bidirectional: yes\n"),
            "config.yaml:6: model.layers.0.bidirectional is 'yes', expected true or false")
        assertRefused(
            document("output: {a: 1}\n"), "config.yaml:3: output is a mapping, expected a path")
    }

    func testRegularizersThatDoNotGoWithTheModelAreRefused() {
        assertRefused(
            document("model:\n  layers:\n    - cell: gru\n      reset: before\n      layer_norm: true\n"),
            "config.yaml:7: model.layers.0.layer_norm does not go with reset: before, expected reset: after")
        assertRefused(
            document("model:\n  layers: [{cell: gru, zoneout_cell: 0.1}]\n"),
            "config.yaml:4: model.layers.0.zoneout_cell does not go with cell: gru, expected cell: lstm")
        assertRefused(
            document("model:\n  embedding_dropout: 0.1\n"),
            "config.yaml:4: model.embedding_dropout needs an embedding, expected model.input: {embedding: SIZE}")
        assertRefused(
            document("model:\n  input_dropout: 0.1\n"),
            "config.yaml:4: model.input_dropout does not go with one-hot input, expected model.input: {embedding: SIZE}; "
                + "model.embedding_dropout drops whole tokens")
        assertRefused(
            document("model:\n  output:\n    tied: true\n"),
            "config.yaml:4: model.output does not go with task: classify, expected task: language_model")
        assertRefused(
            document("training: {optimizer: {trigger_step: 3}}\n"),
            "config.yaml:3: training.optimizer.trigger_step does not go with name: adam, expected name: asgd")
        assertRefused(
            "task: classify\ndata: {train: t, validation_fraction: 0}\ntraining: {optimizer: {name: asgd}}\n",
            "config.yaml:3: asgd without trigger_step needs validation data, but there is none, "
                + "expected data.validation or a data.validation_fraction above 0")
    }

    func testRegularizersThatDoNotGoWithTheTaskAreRefused() {
        let words = "data: {train: t, tokens: words}\nmodel: {input: {embedding: 5}}\n"
        assertRefused(
            "task: tag\n\(words)tagging: {hidden_words: 0.1}\ntraining: {activation_regularization: 1}\n",
            "config.yaml:5: training.activation_regularization does not go with tagging.hidden_words, "
                + "expected a network that names every word")
        assertRefused(
            "task: forecast\ndata: {train: t, tokens: values}\nmodel: {input: features}\n"
                + "training: {temporal_activation_regularization: 1}\n",
            "config.yaml:4: training.temporal_activation_regularization does not go with forecast.output: last, "
                + "expected every_step or decoder")
        assertRefused(
            "task: tag\ndata: {train: t, tokens: words}\nmodel: {input: {embedding: 5}, input_dropout: 0.1}\n",
            "config.yaml:3: model.input_dropout does not go with task: tag, "
                + "expected task: classify, language_model, translate, caption, forecast or memory")
        assertRefused(
            "task: translate\ndata: {train: t}\ntraining: {random_truncation: {}}\n",
            "config.yaml:3: training.random_truncation does not go with task: translate, expected task: language_model")
        assertRefused(
            "task: language_model\ndata: {train: t, lines: true}\ntraining: {random_truncation: {}}\n",
            "config.yaml:3: training.random_truncation does not go with data.lines, "
                + "expected a continuous text: data.lines: false")
        assertRefused(
            "task: language_model\ndata: {train: t}\ntraining: {truncation: 9, random_truncation: {half: 0.1}}\n",
            "config.yaml:3: training.random_truncation.minimum is 5, expected at most half of training.truncation, 4")
    }

    func testAValueOutOfRangeIsRefused() {
        let size = "expected a whole number from 1 to 1000000"
        for bad in [
            "0", "-3", "1.5", "1e3", "0x10", "010", "1__0", "_1", "99999999999999999999", ".inf", ".nan", "+-1", "++1",
        ] {
            assertRefused(
                document("model:\n  layers:\n    - size: \(bad)\n"),
                "config.yaml:5: model.layers.0.size is '\(bad)', \(size)")
        }
        for bad in ["1", "-0.1", "nan", ".nan", ".inf", "1e999", "0x1p-2", "inf", "true", "0,5"] {
            assertRefused(
                document("model:\n  dropout: \(bad)\n"),
                "config.yaml:4: model.dropout is '\(bad)', expected a number from 0 to below 1")
        }
        for bad in ["0", "3", "12", "-4", "131072"] {
            assertRefused(
                document("training:\n  shards: \(bad)\n"),
                "config.yaml:4: training.shards is '\(bad)', expected a power of two from 1 to 65536")
        }
        assertRefused(
            document("training: {truncation: 0}\n"),
            "config.yaml:3: training.truncation is '0', expected a whole number from 1 to 1000000000")
        assertRefused(
            document("training: {optimizer: {learning_rate: 0}}\n"),
            "config.yaml:3: training.optimizer.learning_rate is '0', expected a number above 0 and at most 1000")
        assertRefused(
            "task: classify\ndata: {train: t.csv, vocabulary: {size: 0}}\n",
            "config.yaml:2: data.vocabulary.size is '0', expected a whole number from 3 to 1000000")
        assertRefused(
            document("model: {layers: []}\n"), "config.yaml:3: model.layers has 0 elements, expected 1 to 1000")
        assertRefused(
            document("seed: -1\n"),
            "config.yaml:3: seed is '-1', expected a whole number from 0 to 18446744073709551615")
    }

    func testAWrongChoiceListsTheChoices() {
        assertRefused(
            document("model: {layers: [{cell: lstmm}]}\n"),
            "config.yaml:3: model.layers.0.cell is 'lstmm', expected elman, gru or lstm; did you mean 'lstm'?")
        assertRefused(
            document("model: {readout: final}\n"), "config.yaml:3: model.readout is 'final', expected last, mean or max"
        )
        assertRefused(
            "task: paint\n", "config.yaml:1: task is 'paint', expected \(RunConfiguration.taskNames.listed("or"))")
    }

    func testRequiredKeysAreNamed() {
        assertRefused(
            "data: {train: t.csv}\n",
            "config.yaml: has no key 'task', expected the kind of task: \(RunConfiguration.taskNames.listed("or"))")
        assertRefused(
            "task: classify\n",
            "config.yaml: has no key 'data.train', expected a file, a folder, or builtin:surnames, builtin:adding, builtin:copy or builtin:temporal-order"
        )
    }

    func testKeysOfOtherChoicesAreRefused() {
        assertRefused(
            document("model:\n  layers:\n    - cell: lstm\n      activation: relu\n"),
            "config.yaml:6: model.layers.0.activation does not go with cell: lstm, expected cell: elman")
        assertRefused(
            document("model: {layers: [{cell: elman, reset: after}]}\n"),
            "config.yaml:3: model.layers.0.reset does not go with cell: elman, expected cell: gru")
        assertRefused(
            document("model: {layers: [{forget_bias: 1}]}\n"),
            "config.yaml:3: model.layers.0.forget_bias does not go with cell: gru, expected cell: lstm")
        assertRefused(
            document("training: {optimizer: {name: sgd, beta1: 0.9}}\n"),
            "config.yaml:3: training.optimizer.beta1 does not go with name: sgd, expected name: adam or adamw")
        assertRefused(
            document("training: {schedule: {factor: 0.5}}\n"),
            "config.yaml:3: training.schedule.factor does not go with name: constant, expected name: step, exponential or plateau"
        )
        // As an override takes back what the file says.
        XCTAssertNoThrow(
            try RunConfiguration.read(
                yaml: Array("task: classify\ndata: {train: t.csv, validation_fraction: 0.1}\n".utf8), name: "config.yaml",
                overrides: ["data.validation=v.csv", "data.validation_fraction=0"]))
        assertRefused(
            "task: classify\ndata:\n  train: t.csv\n  validation: v.csv\n  validation_fraction: 0.1\n",
            "config.yaml:5: data.validation_fraction does not go with validation: v.csv, expected validation: null; "
                + "either validation names data, or a share of train is held out (validation_fraction above 0)")
        assertRefused(
            "task: classify\ndata: {train: t, format: ucr, tokens: values, header: true}\nmodel: {input: features}\n",
            "config.yaml:2: data.header does not go with format: ucr, expected format: automatic, csv, tsv, long or series"
        )
        assertRefused(
            "task: classify\ndata: {train: t, tokens: values, vocabulary: {size: 5}}\nmodel: {input: features}\n",
            "config.yaml:2: data.vocabulary does not go with tokens: values, expected tokens: words, characters or subwords"
        )
    }

    func testKeysThatATaskDoesNotUseAreRefused() {
        let documents = [
            "language_model": "data: {train: t, lines: true", "tag": "data: {train: t, tokens: words",
            "translate": "data: {train: t.tsv",
            "caption": "data: {train: t", "forecast": "data: {train: t, tokens: values",
            "memory": "data: {train: 'builtin:copy'"
        ]
        let inputs = ["tag": "input: {embedding: 3}", "forecast": "input: features"]
        let texts = ["classify", "language_model", "tag", "translate", "caption"]
        let cases: [(key: String, value: String, not: [String], tasks: [String])] = [
            (
                "data.labels", "[a, b]", ["language_model", "tag", "translate", "forecast", "memory"],
                ["classify", "caption"]
            ),
            (
                "data.format", "csv", ["language_model", "tag", "translate", "memory"],
                ["classify", "caption", "forecast"]
            ),
            (
                "data.columns", "{label: 1}", ["language_model", "tag", "memory"],
                ["classify", "translate", "caption", "forecast"]
            ),
            ("data.columns.label", "3", ["translate"], ["classify", "caption", "forecast"]),
            ("data.columns.text", "3", ["translate", "forecast"], ["classify", "caption"]),
            (
                "data.header", "true", ["language_model", "tag", "memory"],
                ["classify", "translate", "caption", "forecast"]
            ),
            ("data.tokens", "words", ["memory"], texts + ["forecast"]),
            ("data.vocabulary.size", "9", ["memory"], texts),
            (
                "data.vocabulary.file", "v.txt", ["translate", "caption"], ["classify", "language_model", "tag"]
            ),
            ("data.max_length", "9", ["memory"], texts + ["forecast"]),
            ("data.cache", "c", ["caption", "forecast", "memory"], ["classify", "language_model", "tag", "translate"]),
            ("data.empty_text", "skip", ["language_model", "tag", "translate", "caption", "memory"], ["classify"]),
            (
                "model.readout", "mean", ["language_model", "tag", "translate", "caption", "memory"],
                ["classify", "forecast"]
            ),
            (
                "model.dense", "[3]", ["language_model", "tag", "translate", "caption"],
                ["classify", "forecast", "memory"]
            ),
            (
                "training.class_weights", "balanced",
                ["language_model", "tag", "translate", "caption", "forecast", "memory"],
                ["classify"]
            ),
        ]
        for (key, value, others, tasks) in cases {
            for task in others {
                // The key of a section that as a whole does not go with the task is not looked at.
                let named = key == "data.vocabulary.size" ? "data.vocabulary" : key
                assertRefused(
                    "task: \(task)\n\(documents[task] ?? "")}\nmodel: {\(inputs[task] ?? "")}\n",
                    ["\(key)=\(value)"],
                    "--set \(key)=\(value): \(named) does not go with task: \(task), expected task: \(tasks.listed("or"))"
                )
            }
        }
        assertRefused(
            "task: classify\ndata: {train: 'builtin:surnames', generated: {length: 20}}\n",
            "config.yaml:2: data.generated does not go with train: builtin:surnames, "
                + "expected train: builtin:adding, builtin:copy or builtin:temporal-order")
        for key in ["train", "validation"] {
            assertRefused(
                "task: classify\ndata: {train: t, generated: {length: 20}}\n", ["data.\(key)=builtin:surname"],
                "--set data.\(key)=builtin:surname: data.\(key) is 'builtin:surname', "
                    + "expected builtin:surnames, builtin:adding, builtin:copy or builtin:temporal-order; "
                    + "did you mean 'builtin:surnames'?")
        }
        assertRefused(
            "task: language_model\ndata: {train: t, max_length: 3}\n",
            "config.yaml:2: data.max_length does not go with one continuous text, expected data.lines: true")
        assertRefused(
            "task: forecast\ndata: {train: t, tokens: values, max_length: 3}\nmodel: {input: features}\n",
            "config.yaml:2: data.max_length does not go with a forecast of series, expected forecast.window")
        XCTAssertNoThrow(
            try read(
                "task: forecast\ndata: {train: t, tokens: values, format: ucr, max_length: 3}\nmodel: {input: features}\n"
            ))
    }

    func testBuiltInDataNamesTheTasksItIsFor() {
        assertRefused(
            document(), ["data.train=builtin:copy"],
            "--set data.train=builtin:copy: data.train: builtin:copy does not go with task: classify, expected task: memory"
        )
        assertRefused(
            "task: tag\ndata: {train: 'builtin:surnames', tokens: words}\nmodel: {input: {embedding: 8}}\n",
            "config.yaml:2: data.train: builtin:surnames does not go with task: tag, "
                + "expected task: classify, language_model or caption")
    }

    func testKeysThatNeedEachOtherAreNamed() {
        assertRefused(
            document("training:\n  optimizer:\n    name: sgd\n    nesterov: true\n"),
            "config.yaml:6: training.optimizer.nesterov is true, but there is no momentum, expected a training.optimizer.momentum above 0"
        )
        assertRefused(
            document("training:\n  optimizer:\n    sparse_rows: lazy\n    weight_decay: 0.1\n"),
            "config.yaml:5: training.optimizer.sparse_rows is lazy, but weight decay moves every row in every step, expected sparse_rows: exact, or no weight_decay"
        )
        assertRefused(
            "task: classify\ndata:\n  train: t\n  tokens: values\n",
            "config.yaml:4: model.input {one_hot: true} does not go with data.tokens: values, expected model.input: features"
        )
        assertRefused(
            document("model: {input: features}\n"),
            "config.yaml:3: model.input features does not go with data.tokens: characters, expected data.tokens: values"
        )
        assertRefused(
            document("model: {input: {vectors: glove.txt}}\n"),
            "config.yaml:3: model.input {vectors: glove.txt, trainable: false} does not go with data.tokens: characters, expected data.tokens: words"
        )
        assertRefused(
            "task: classify\ndata: {train: t, format: csv, tokens: values}\nmodel: {input: features}\n",
            "config.yaml:2: data.format: csv does not go with data.tokens: values, expected data.tokens: words or characters"
        )
        assertRefused(
            "task: classify\ndata: {train: t, validation_fraction: 0}\ntraining: {schedule: {name: plateau}}\n",
            "config.yaml:3: training.schedule.name needs validation data, but there is none, expected data.validation or a data.validation_fraction above 0"
        )
        assertRefused(
            document("training: {schedule: {name: cosine, minimum: 1}}\n"),
            "config.yaml:3: training.schedule.minimum is 1, expected at most training.optimizer.learning_rate, 0.002")
        assertRefused(
            "task: classify\ndata: {train: t.csv, columns: {label: 2}}\n",
            "config.yaml:2: data.columns.text contains the column of the label, expected other columns")
        assertRefused(
            "task: classify\ndata: {train: t.csv, header: false, columns: {label: kind}}\n",
            "config.yaml:2: data.header is false, but data.columns has a name, expected numbers, or a header")
        assertRefused(
            "task: classify\ndata: {train: t, format: long, tokens: values, columns: {values: 3}}\nmodel: {input: features}\n",
            "config.yaml:2: data.columns.sequence and data.columns.label name the same column, expected two columns")
        assertRefused(
            "task: classify\ndata: {train: t.csv, columns: {values: 3}}\n",
            "config.yaml:2: data.columns.values does not go with data.format: automatic, expected format: long or series"
        )
    }

    func testInputIsExactlyOneKind() {
        let shapes = "{one_hot: true}, {embedding: SIZE}, {vectors: FILE, trainable: false} or features"
        assertRefused(document("model: {input: words}\n"), "config.yaml:3: model.input is 'words', expected \(shapes)")
        assertRefused(
            document("model: {input: {}}\n"), "config.yaml:3: model.input names no kind of input, expected \(shapes)")
        assertRefused(
            document("model: {input: {one_hot: true, embedding: 3}}\n"),
            "config.yaml:3: model.input has both 'one_hot' and 'embedding', expected one of them")
        assertRefused(
            document("model: {input: {one_hot: false}}\n"),
            "config.yaml:3: model.input.one_hot is 'false', expected true")
        assertRefused(
            document("model: {input: {embeding: 3}}\n"),
            "config.yaml:3: unknown key 'embeding' in model.input; did you mean 'embedding'?")
        assertRefused(
            document("model: {input: {embedding: 3, trainable: true}}\n"),
            "config.yaml:3: model.input.trainable does not go with 'embedding', expected vectors: FILE; an embedding is always trained"
        )
    }

    func testLabelsAndWeightsAgree() {
        assertRefused(
            "task: classify\ndata: {train: t.csv, labels: [a, b, a]}\n",
            "config.yaml:2: data.labels has 'a' twice, expected each label once")
        assertRefused(
            "task: classify\ndata: {train: t.csv, labels: [a]}\n",
            "config.yaml:2: data.labels has one class, expected at least two, or [] for all")
        assertRefused(
            "task: classify\ndata: {train: t.csv, labels: [sport, world]}\ntraining: {class_weights: {sports: 2}}\n",
            "config.yaml:3: training.class_weights has the label 'sports', expected one of data.labels: sport, world; did you mean 'sport'?"
        )
        assertRefused(
            document("training: {class_weights: {a: -1}}\n"),
            "config.yaml:3: training.class_weights.a is '-1', expected a number from 0 to 1000000000")
        assertRefused(
            document("training: {class_weights: equal}\n"),
            "config.yaml:3: training.class_weights is 'equal', expected none, balanced or {LABEL: WEIGHT}")
    }
}
