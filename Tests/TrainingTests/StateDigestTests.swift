import Configuration
import Kernels
import Tasks
import Training
import XCTest

/// What the digest covers, and what it does not.
final class StateDigestTests: XCTestCase {
    private func model() throws -> TrainedModel {
        let model = try TrainedModel(RunFixture())
        model.train(steps: 9)
        return model
    }

    func testAnySingleBitOfWeightsAndMomentsCounts() throws {
        let model = try model(), digest = try model.digest()
        let layout = model.task.parameters.layout, table = model.optimizer.tables[0]
        func expectChange(_ buffer: AlignedBuffer<Float>?, _ index: Int, _ name: String) throws {
            let buffer = try XCTUnwrap(buffer, name), value = buffer[index]
            buffer[index] = Float(bitPattern: value.bitPattern ^ 1)
            XCTAssertNotEqual(try model.digest(), digest, name)
            buffer[index] = value
        }
        for slice in layout.dense {
            for index in [slice.offset, slice.offset + slice.count - 1] {
                try expectChange(model.task.parameters.dense, index, slice.name)
                try expectChange(model.optimizer.denseMoments.first, index, "\(slice.name) first moment")
                try expectChange(model.optimizer.denseMoments.second, index, "\(slice.name) second moment")
            }
        }
        let count = layout.tables[0].rows * layout.tables[0].width
        for index in [0, count / 2, count - 1] {
            try expectChange(model.task.parameters.tables[0].storage, index, "table")
        }
        // Moments of the rows that the last step renewed count as they lie; others decay first.
        let row = try XCTUnwrap((0..<layout.tables[0].rows).first { table.momentStep[$0] == 9 })
        for moment in [table.moments.first, table.moments.second] {
            try expectChange(moment, row * layout.tables[0].width, "moment of a row")
        }
        XCTAssertEqual(try model.digest(), digest)
    }

    func testPositionScheduleAndStoppingCount() throws {
        let model = try model(), digest = try model.digest(), state = model.state
        let changes: [(String, (inout TrainingState) -> Void)] = [
            ("epoch", { $0.epoch += 1 }), ("step in epoch", { $0.stepInEpoch += 1 }),
            ("loss so far", { $0.epochTotals.sums[0] += 1 }),
            ("counts so far", { $0.epochTotals.counts[3] += 1 }), ("plateau factor", { $0.plateau.factor = 0.5 }),
            ("plateau best", { $0.plateau.best = 0.5 }), ("plateau waited", { $0.plateau.waited = 1 }),
            ("stopping best", { $0.stopping.best = 0.5 }), ("best step", { $0.stopping.bestStep = 1 }),
            ("stopping waited", { $0.stopping.waited = 1 }),
        ]
        var digests = Set([digest])
        for (name, change) in changes {
            model.state = state
            change(&model.state)
            XCTAssertTrue(digests.insert(try model.digest()).inserted, name)
        }
        model.state = state
        XCTAssertEqual(try model.digest(), digest)
    }

    func testVocabularyAndLabelsCount() throws {
        let model = try model()
        func digest(_ artifacts: [TaskArtifact]) throws -> String {
            try StateDigest.digest(
                model.task.parameters, model.optimizer, model.state, artifacts: artifacts, carried: nil
            ).description
        }
        let artifacts = model.task.artifacts, whole = try digest(artifacts)
        for (number, artifact) in artifacts.enumerated() {
            for index in artifact.texts.indices {
                var changed = artifacts
                var texts = artifact.texts
                texts[index] += "s"
                changed[number] = TaskArtifact(name: artifact.name, texts: texts)
                XCTAssertNotEqual(try digest(changed), whole, "\(artifact.name) \(index)")
            }
        }
        // Where one text ends and the next begins counts, too, and the order in which artifacts come does not.
        let joined = [TaskArtifact(name: "labels", texts: ["ab", "c"])],
            parted = [TaskArtifact(name: "labels", texts: ["a", "bc"])]
        XCTAssertNotEqual(try digest(joined), try digest(parted))
        XCTAssertEqual(try digest(artifacts.reversed()), whole)
    }

    func testHistoryAndConfigurationDoNotCount() throws {
        let model = try model(), digest = try model.digest()
        model.state.history.append(
            EpochRecord(epoch: 1, step: 9, training: [.init(name: "loss_nats", value: 1)], validation: []))
        XCTAssertEqual(try model.digest(), digest)

        var fixture = try RunFixture()
        fixture.configuration.output = "elsewhere"
        fixture.configuration.training.epochs = 99
        fixture.configuration.training.schedule.name = .cosine
        fixture.configuration.checkpoint.keep = 9
        let other = try TrainedModel(fixture)
        other.train(steps: 9)
        XCTAssertEqual(try other.digest(), digest)
    }

    func testADigestDoesNotDependOnWhenRowsWereRead() throws {
        let a = try TrainedModel(RunFixture()), b = try TrainedModel(RunFixture())
        a.train(steps: 20)
        for _ in 0..<20 {
            b.train(steps: 1)
            b.readRows()
        }
        XCTAssertEqual(try a.digest(), try b.digest())
    }

    func testAStoredCheckpointGivesItsDigestAnew() throws {
        let model = try model(), stored = try model.stored()
        let fresh = try TrainedModel(model.fixture)
        XCTAssertEqual(try stored.stateDigest(fresh.task), stored.digest)
        XCTAssertEqual(stored.digest, try model.digest())
    }
}
