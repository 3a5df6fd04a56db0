import Configuration
import XCTest

final class ComparisonTests: XCTestCase {
    func testDifferencesNameKeyAndBothValues() throws {
        let one = try read(document("model: {layers: [{size: 3}]}\n"))
        let other = try read(document("model: {layers: [{size: 4, cell: elman}, {size: 5}]}\nseed: 7\n"))
        let differences = one.differences(from: other)
        XCTAssertEqual(
            differences.map { "\($0.key) \($0.value) \($0.otherValue)" },
            [
                "seed 0 7", "model.layers.0.cell gru elman", "model.layers.0.size 3 4",
                "model.layers.0.reset after absent",
                "model.layers.0.activation absent tanh", "model.layers.1.cell absent gru",
                "model.layers.1.size absent 5",
                "model.layers.1.bidirectional absent false", "model.layers.1.reset absent after",
                "model.layers.1.layer_norm absent false", "model.layers.1.zoneout absent 0",
            ])
        XCTAssertTrue(one.differences(from: one).isEmpty)
    }

    func testValuesAreComparedBytewise() throws {
        let one = try read(document("output: \"\\u00e9\"\n")), other = try read(document("output: \"e\\u0301\"\n"))
        XCTAssertEqual(one.differences(from: other).map(\.key), ["output"])
    }

    func testTheKeysThatMayChangeAreListed() {
        XCTAssertEqual(
            RunConfiguration.keysThatMayChange,
            [
                "data.train", "data.validation", "data.features", "data.validation_features",
                "data.vocabulary.file", "data.cache",
                "training.epochs", "training.optimizer.learning_rate",
                "training.schedule.*", "training.clip_norm", "training.non_finite", "training.bleu", "training.validate_every_steps", "training.early_stopping.*",
                "training.digest_every_steps", "training.log_every_steps", "checkpoint.*", "reporting.*", "output",
            ])
    }

    func testAResumeMayChangeWhatDoesNotChangeTheRun() throws {
        let stored = try read(document())
        let given = try stored.applying([
            "training.epochs=99", "training.optimizer.learning_rate=1", "training.schedule={name: step, every: 3}",
            "training.early_stopping={patience: 1}", "checkpoint.keep=9", "output=elsewhere", "data.train=moved.csv",
        ])
        XCTAssertFalse(given.differences(from: stored).isEmpty)
        XCTAssertEqual(given.incompatibleDifferences(from: stored), [])
        XCTAssertNoThrow(try given.checkResumes(stored, from: "step-00000010.h5"))
    }

    func testAResumeWithAnotherModelIsRefused() throws {
        let stored = try read(document())
        let given = try stored.applying(["model.layers.0.size=64", "seed=1", "training.epochs=3"])
        assertDiagnostic(
            "step-00000010.h5: belongs to a run with another configuration: seed is 0 there and 1 here; "
                + "model.layers.0.size is 128 there and 64 here, expected the same values; "
                + "these may change: data.train, data.validation, data.features, data.validation_features, "
                + "data.vocabulary.file, data.cache, "
                + "training.epochs, "
                + "training.optimizer.learning_rate, training.schedule.*, training.clip_norm, training.non_finite, training.bleu, training.validate_every_steps, training.early_stopping.*, "
                + "training.digest_every_steps, training.log_every_steps, checkpoint.*, reporting.*, output; "
                + "for anything else begin a new run with --output"
        ) { try given.checkResumes(stored, from: "step-00000010.h5") }
    }
}
