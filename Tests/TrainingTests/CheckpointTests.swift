import Configuration
import HDF5
import Optimization
import Training
import XCTest

/// From a model to a checkpoint and back.
final class CheckpointTests: XCTestCase {
    /// Restores a checkpoint into a model that stands elsewhere, compares every bit, then trains both on.
    private func checkRoundTrip(_ fixture: RunFixture, _ name: String) throws {
        let model = try TrainedModel(fixture)
        model.train(steps: 9)
        model.state.plateau.factor = 0.25
        model.state.plateau.best = 0.1 + 0.2
        model.state.stopping.best = -Double.leastNonzeroMagnitude
        model.state.stopping.bestStep = 7
        model.state.stopping.waited = 2
        model.state.history = [
            EpochRecord(
                epoch: 1, step: 6,
                training: [.init(name: "loss_nats", value: 1.0 / 3), .init(name: "accuracy", value: 0.5)],
                validation: []),
            EpochRecord(
                epoch: 2, step: 9,
                training: [.init(name: "loss_nats", value: 0.3), .init(name: "accuracy", value: 0.7)],
                validation: [.init(name: "loss_nats", value: 0.4), .init(name: "accuracy", value: 0.6)]),
        ]
        let stored = try model.stored()
        let restored = try TrainedModel(fixture)
        restored.train(steps: 2)
        XCTAssertNotEqual(restored.bits, model.bits, name)
        try restored.restore(stored)
        XCTAssertEqual(restored.bits, model.bits, name)
        XCTAssertEqual(restored.state, model.state, name)
        XCTAssertEqual(restored.optimizer.step, model.optimizer.step, name)
        XCTAssertEqual(stored.step, 9, name)
        XCTAssertEqual(stored.digest, try model.digest(), name)
        XCTAssertEqual(try restored.digest(), stored.digest, name)
        XCTAssertEqual(stored.configuration, fixture.configuration.resolved, name)
        XCTAssertEqual(
            stored.artifacts.sorted { $0.name < $1.name }, model.task.artifacts.sorted { $0.name < $1.name }, name)
        XCTAssertEqual(stored.receipt, ["program: test", "ranks: 1"], name)

        model.train(steps: 8)
        restored.train(steps: 8)
        XCTAssertEqual(try restored.digest(), try model.digest(), name)
    }

    func testEveryCellAndEveryInputComesBackToTheBit() throws {
        for cell in ["elman", "lstm", "gru reset before", "gru reset after"] {
            for input in ["one-hot", "embedding", "frozen vectors", "trainable vectors", "features"] {
                var fixture = try RunFixture()
                switch input {
                case "one-hot": fixture.configuration.model.input = .oneHot
                case "frozen vectors": try fixture.makeVectors(trainable: false)
                case "trainable vectors": try fixture.makeVectors(trainable: true)
                case "features": try fixture.makeNumeric()
                default: break
                }
                var layer = ModelConfiguration.Layer()
                layer.size = 5
                layer.bidirectional = true
                layer.cell = cell == "elman" ? .elman : cell == "lstm" ? .lstm : .gru
                layer.reset = cell.hasSuffix("before") ? .before : .after
                var second = layer
                (second.size, second.bidirectional) = (4, false)
                fixture.configuration.model.layers = [layer, second]
                var dense = ModelConfiguration.Dense()
                dense.size = 3
                fixture.configuration.model.dense = [dense]
                try checkRoundTrip(fixture, "\(cell), \(input)")
            }
        }
    }

    func testEveryOptimizerComesBackToTheBit() throws {
        for name in OptimizerConfiguration.Name.allCases {
            for momentum in name == .sgd || name == .rmsprop ? [0, 0.9] : [0] {
                for decay in [nil, 0.02] {
                    var fixture = try RunFixture()
                    fixture.configuration.training.optimizer.name = name
                    fixture.configuration.training.optimizer.momentum = momentum
                    fixture.configuration.training.optimizer.weightDecay = decay
                    try checkRoundTrip(fixture, "\(name), momentum \(momentum), decay \(decay ?? 0)")
                }
            }
        }
    }

    func testAFreshModelComesBack() throws {
        let model = try TrainedModel(RunFixture()), other = try TrainedModel(RunFixture())
        other.train(steps: 2)
        try other.restore(model.stored())
        XCTAssertEqual(other.bits, model.bits)
        XCTAssertEqual(other.state, model.state)
    }

    func testWeightsAloneAreEnoughToPredict() throws {
        let model = try TrainedModel(RunFixture()), other = try TrainedModel(RunFixture())
        model.train(steps: 9)
        try other.restore(model.stored())
        other.task.parameters.dense.clear()
        try model.stored().restore(other.task.parameters)
        other.task.parametersChanged()
        let texts = ["w1 w2", "w30", ""]
        XCTAssertEqual(
            try other.task.predict(texts, top: 3, source: "test"), try model.task.predict(texts, top: 3, source: "test")
        )
    }

    func testTheSameStateGivesTheSameFile() throws {
        let a = try TrainedModel(RunFixture())
        a.train(steps: 4)
        let first = try a.image(), second = try a.image()
        XCTAssertTrue(first.bytes.elementsEqual(second.bytes))
    }

    func testANewerFormatIsRefused() throws {
        let file = try HDF5File.inMemory("x")
        try file.setAttribute("format_version", of: "", to: 2)
        let fixture = try RunFixture(), bytes = try file.image()
        fixture.folder.expect("model.h5: its format version is 2, expected 1; read it with the rnn-dist that wrote it")
        {
            _ = try StoredCheckpoint(bytes: copy(bytes), path: "model.h5")
        }
    }

    private func copy(_ bytes: borrowing FileBytes) throws -> FileBytes {
        try FileBytes(copying: bytes.array, for: "copy")
    }
}
