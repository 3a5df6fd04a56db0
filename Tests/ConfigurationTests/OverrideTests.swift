import Configuration
import XCTest

final class OverrideTests: XCTestCase {
    func testAnOverrideReplacesWhatTheFileSays() throws {
        let yaml = document(
            "training: {epochs: 3, optimizer: {name: adam, beta1: 0.5}}\nmodel: {layers: [{size: 4}, {size: 5}], dense: [7]}\n"
        )
        let run = try read(
            yaml,
            overrides: [
                "training.epochs=4", "training.epochs=5", "training.optimizer={name: sgd, learning_rate: 0.5}",
                "model.layers.1.size=6", "model.dense.0.activation=tanh", "output=a=b", "data.columns.text=[2, 3]",
                "checkpoint.every_steps=", "data.max_length=null",
            ])
        XCTAssertEqual(run.training.epochs, 5)
        XCTAssertEqual(run.training.optimizer.name, .sgd)
        XCTAssertEqual(run.training.optimizer.learningRate, 0.5)
        XCTAssertEqual(run.model.layers.map(\.size), [4, 6])
        XCTAssertEqual(run.model.dense.map(\.activation), [.tanh])
        XCTAssertEqual(run.output, "a=b")
        XCTAssertEqual(run.data.columns.text, [.number(2), .number(3)])
    }

    func testAnOverrideReachesIntoDefaults() throws {
        let run = try RunConfiguration().applying([
            "model.layers.0.size=7", "model.input.embedding=3", "training.early_stopping.patience=9",
            "training.class_weights.French=2",
        ])
        XCTAssertEqual(run.model.layers.map(\.size), [7])
        XCTAssertEqual(run.model.layers[0].cell, .gru)
        XCTAssertEqual(run.model.input, .embedding(size: 3))
        XCTAssertEqual(run.training.earlyStopping?.patience, 9)
        XCTAssertEqual(run.training.classWeights, .listed(LabelWeights([("French", 2)])))
        XCTAssertEqual(try read(document(), overrides: ["model.layers.0.size=7"]).model.layers.map(\.size), [7])
    }

    func testAKeyThatNoLongerAppliesIsForgotten() throws {
        let elman = try read(document("model: {layers: [{cell: elman, activation: relu}]}\n"))
        XCTAssertEqual(elman.model.layers[0].activation, .relu)
        let gru = try elman.applying(["model.layers.0.cell=gru"])
        XCTAssertEqual(gru.model.layers[0].activation, .tanh)
        XCTAssertEqual(try gru.applying(["model.layers.0.cell=elman"]).model.layers[0].activation, .tanh)
    }

    func testOtherTokensBringTheirOwnStandardization() throws {
        let standardize = try RunConfiguration().applying(["data.tokens=words"]).data.standardize
        XCTAssertEqual(
            [standardize.lowerCase, standardize.stripPunctuation, standardize.foldAccents], [true, true, true])
    }

    func testARequiredKeyMayComeFromAnOverride() throws {
        XCTAssertEqual(try read("task: classify\n", overrides: ["data.train=x.csv"]).data.train, "x.csv")
    }

    func testErrorsNameTheOption() {
        assertRefused(
            document(), ["training.batch_size=x"],
            "--set training.batch_size=x: training.batch_size is 'x', expected a whole number from 1 to 1000000")
        assertRefused(
            document(), ["training.learning_rate=0.1"],
            "--set training.learning_rate=0.1: unknown key 'learning_rate' in training; did you mean 'training.optimizer.learning_rate'?"
        )
        assertRefused(document(), ["epochs"], "--set epochs: has no '=', expected KEY=VALUE, like training.epochs=3")
        assertRefused(document(), ["=3"], "--set =3: has an empty key, expected KEY=VALUE, like training.epochs=3")
        assertRefused(
            document(), ["a..b=3"], "--set a..b=3: has an empty key, expected KEY=VALUE, like training.epochs=3")
        assertRefused(
            document(), ["model.layers.1.size=3"],
            "--set model.layers.1.size=3: model.layers has no element '1', expected an index from 0 to 0")
        assertRefused(
            document("model: {layers: [{size: 3}]}\n"), ["model.layers.last.size=3"],
            "--set model.layers.last.size=3: model.layers has no element 'last', expected an index from 0 to 0")
        assertRefused(
            document("model: {dense: []}\n"), ["model.dense.0.size=3"],
            "--set model.dense.0.size=3: model.dense has no element '0', expected an override of the whole list, which is empty"
        )
        assertRefused(
            document(), ["model.dropout=[1"],
            "--set model.dropout=[1: is not YAML: did not find expected ',' or ']'; quote text that contains ': ', '#', or begins with one of [{&*!|>'\"%@`"
        )
        assertRefused(
            document(), ["data.train=*x"],
            "--set data.train=*x: is not YAML: found undefined alias; quote text that contains ': ', '#', or begins with one of [{&*!|>'\"%@`"
        )
        assertRefused(
            document("model:\n  layers:\n    - cell: elman\n      activation: relu\n"), ["model.layers.0.cell=gru"],
            "config.yaml:6: model.layers.0.activation does not go with cell: gru, expected cell: elman")
        assertDiagnostic(
            "--set data.tokens=values: model.input {one_hot: true} does not go with data.tokens: values, expected model.input: features"
        ) { _ = try RunConfiguration().applying(["data.tokens=values"]) }
    }
}
