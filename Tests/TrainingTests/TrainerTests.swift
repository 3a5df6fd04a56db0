import Configuration
import Diagnostics
import Kernels
import MessagePassing
import Tasks
import Training
import XCTest

/// The loop on one rank.
final class TrainerTests: XCTestCase {
    private func trainer(
        _ configuration: RunConfiguration, from checkpoint: StoredCheckpoint? = nil, threads: Int = 1,
        maxMinutes: Double? = nil
    ) throws -> (trainer: Trainer<ClassificationTask>, task: ClassificationTask, folder: RunFolder) {
        let team = ThreadTeam(count: threads), folder = RunFolder(configuration.output)
        try FileManager.default.createDirectory(atPath: folder.checkpoints.path, withIntermediateDirectories: true)
        let task = try ClassificationTask.forTraining(configuration, team: team, artifacts: checkpoint?.artifacts) {
            _ in
        }
        let trainer = try Trainer(
            configuration, task, from: checkpoint, communicator: OneRank.communicator(), team: team, folder: folder,
            receipt: Checkpoint.Receipt(lines: []), maxMinutes: maxMinutes, observer: nil)
        return (trainer, task, folder)
    }

    private func digest(_ outcome: TrainingOutcome) -> String? {
        if case .completed(let digest, _, _) = outcome { digest } else { nil }
    }

    func testTheSharesOfAllRanksAreTheWholeStep() throws {
        let fixture = try RunFixture(), configuration = fixture.configuration.resolved
        func measured(_ rank: Int, of ranks: Int) throws -> ShareMeasurement {
            let team = ThreadTeam(count: 1)
            let task = try ClassificationTask.forTraining(configuration, team: team, artifacts: nil) { _ in }
            let trainer = try Trainer(
                configuration, task, from: nil, communicator: OneRank.communicator(), team: team,
                share: RankShare(rank: rank, of: ranks), folder: nil, observer: nil)
            return try trainer.measureShare(seconds: 0)
        }
        for ranks in [1, 2, 3, 4] {
            let shares = try (0..<ranks).map { try measured($0, of: ranks) }
            // One step after one to warm up: the epoch's second, of eight examples.
            XCTAssertEqual(shares.map(\.steps), shares.map { _ in 1 })
            XCTAssertEqual(shares.reduce(0) { $0 + $1.examples }, 8, "\(ranks) ranks")
            if ranks > 1 {
                for share in shares {
                    XCTAssertEqual(share.allRows, shares[0].allRows)
                    XCTAssertLessThanOrEqual(share.ownRows[0], share.allRows[0])
                    XCTAssertGreaterThan(share.ownRows[0], 0)
                }
                XCTAssertGreaterThanOrEqual(shares.reduce(0) { $0 + $1.ownRows[0] }, shares[0].allRows[0])
            }
            for share in shares {
                XCTAssertEqual(ShareMeasurement(numbers: share.numbers, tables: 1).numbers, share.numbers)
            }
            let mean = ShareMeasurement(meanOf: shares)
            XCTAssertEqual(mean.tokens, shares.reduce(0) { $0 + $1.tokens } / Double(ranks), accuracy: 1e-9)
            XCTAssertEqual(mean.steps, 1)
        }
    }

    func testARunStopsAtAPositionWithTheStateThatItHasThere() throws {
        var fixture = try RunFixture()
        fixture.configuration.checkpoint.everySteps = 4
        fixture.configuration.checkpoint.keep = 10
        let configuration = fixture.configuration.resolved
        let (whole, _, folder) = try trainer(configuration)
        let last = try XCTUnwrap(digest(try whole.run()))
        for generation in try folder.checkpoints.generations {
            let stored = try StoredCheckpoint(path: generation.path), team = ThreadTeam(count: 1)
            let task = try ClassificationTask.forTraining(configuration, team: team, artifacts: nil) { _ in }
            let again = try Trainer(
                configuration, task, from: nil, communicator: OneRank.communicator(), team: team, folder: nil, observer: nil)
            XCTAssertEqual(digest(try again.run(until: stored.position)), stored.digest, generation.path)
            XCTAssertEqual(again.optimizer.step, stored.step)
        }
        XCTAssertEqual(try StoredCheckpoint(path: folder.checkpoints.generations[0].path).digest, last)
    }

    func testMeasuredStepsAreThoseOfTraining() throws {
        var fixture = try RunFixture()
        fixture.configuration.training.clipNorm = nil
        let (measured, task, folder) = try trainer(fixture.configuration.resolved)
        let result = try measured.measureSteps(seconds: 0.05, warmUp: 2)
        XCTAssertGreaterThanOrEqual(result.seconds, 0.05)
        XCTAssertEqual(
            Double(result.nanoseconds.reduce(0, +)), result.seconds * 1e9, accuracy: 0.2 * result.seconds * 1e9)
        XCTAssertTrue(try folder.checkpoints.generations.isEmpty)
        let model = try TrainedModel(fixture)
        XCTAssertGreaterThan(result.steps, model.task.trainingPlan(epoch: 0).stepCount, "more than one epoch")
        model.train(steps: result.steps + 2)
        XCTAssertTrue(
            task.parameters.dense.elements.elementsEqual(model.task.parameters.dense.elements),
            "after \(result.steps) steps")
    }

    func testAChainOfStopsEndsWhereOneRunEnds() throws {
        var fixture = try RunFixture()
        fixture.configuration.training.schedule.name = .plateau
        try assertAChainOfStopsEndsWhereOneRunEnds(&fixture)
    }

    func testAChainOfStopsEndsWhereOneRunEndsWithAveragesAndEveryRegularizer() throws {
        for trigger in [4, nil] {
            var fixture = try RunFixture()
            fixture.average(since: trigger)
            fixture.regularize()
            fixture.configuration.training.epochs = trigger == nil ? 8 : 3
            try assertAChainOfStopsEndsWhereOneRunEnds(&fixture)
            let newest = try XCTUnwrap(RunFolder(fixture.configuration.output).checkpoints.generations.first)
            let model = try TrainedModel(fixture)
            try model.restore(StoredCheckpoint(path: newest.path))
            XCTAssertTrue(model.optimizer.hasAverages, "averaging has begun")
            if trigger != nil { XCTAssertEqual(model.optimizer.averagingSince, trigger) }
        }
    }

    func testValidationAndInferenceUseTheAveragesAndTrainingTheValues() throws {
        var fixture = try RunFixture()
        fixture.average(since: 3)
        let (trainer, task, folder) = try trainer(fixture.configuration)
        XCTAssertNotNil(digest(try trainer.run()))
        let values = task.parameters.dense.elements.map(\.bitPattern)
        let last = try StoredCheckpoint(path: XCTUnwrap(folder.checkpoints.pointer("latest")))
        let model = try TrainedModel(fixture)
        try model.restore(last)
        XCTAssertEqual(model.task.parameters.dense.elements.map(\.bitPattern), values)
        let evaluation = { try Evaluation(model.task, OneRank.communicator()).run()?["loss_nats"] }
        XCTAssertNotEqual(try evaluation(), model.state.history.last?.validationLoss)
        try last.restore(model.task.parameters)
        model.task.parametersChanged()
        XCTAssertEqual(try evaluation(), model.state.history.last?.validationLoss)
        for (number, value) in (model.optimizer.denseMoments.second?.elements ?? .init(start: nil, count: 0))
            .enumerated()
        {
            XCTAssertEqual(model.task.parameters.dense[number], value)
        }
    }

    /// Stopped after every single step and gone on with from the file: the same state as in one go.
    private func assertAChainOfStopsEndsWhereOneRunEnds(_ fixture: inout RunFixture) throws {
        let whole = try trainer(fixture.configuration)
        let expected = try XCTUnwrap(digest(try whole.trainer.run()))

        fixture.configuration.output += "-parts"
        var stops = 0
        var outcome = try trainer(fixture.configuration, maxMinutes: 0).trainer.run()
        while case .stopped(_, let reason) = outcome {
            XCTAssertEqual(reason, "the time is up")
            stops += 1
            let newest = try XCTUnwrap(RunFolder(fixture.configuration.output).checkpoints.generations.first)
            XCTAssertEqual(newest.step, stops)
            let stored = try StoredCheckpoint(path: newest.path)
            outcome = try trainer(fixture.configuration, from: stored, threads: 1 + stops % 2, maxMinutes: 0).trainer
                .run()
        }
        XCTAssertGreaterThan(stops, 8)
        XCTAssertEqual(digest(outcome), expected)
    }

    func testTheBestCheckpointIsThatOfTheBestEpoch() throws {
        var fixture = try RunFixture()
        fixture.configuration.training.epochs = 4
        fixture.configuration.checkpoint.keep = 1
        let (trainer, _, folder) = try trainer(fixture.configuration)
        guard case .completed(let digest, let bestStep, nil) = try trainer.run() else {
            return XCTFail("the run was stopped")
        }
        let best = try StoredCheckpoint(path: XCTUnwrap(folder.checkpoints.pointer("best")))
        XCTAssertEqual(best.step, bestStep)
        let last = try StoredCheckpoint(path: XCTUnwrap(folder.checkpoints.pointer("latest")))
        XCTAssertEqual(last.digest, digest)
        let model = try TrainedModel(fixture)
        try model.restore(last)
        XCTAssertEqual(model.state.history.count, 4)
        let losses = model.state.history.compactMap(\.validationLoss)
        let step = model.state.history[try XCTUnwrap(losses.firstIndex(of: losses.min() ?? 0))].step
        XCTAssertEqual(bestStep, step)
        XCTAssertEqual(model.state.stopping.best, losses.min())
    }

    func testEarlyStoppingEndsTheRunAfterItsPatience() throws {
        var fixture = try RunFixture()
        fixture.configuration.training.epochs = 50
        var stopping = TrainingConfiguration.EarlyStopping()
        stopping.patience = 2
        // Nothing is an improvement by so much.
        stopping.minDelta = 1e9
        fixture.configuration.training.earlyStopping = stopping
        let (trainer, _, folder) = try trainer(fixture.configuration)
        guard case .completed(_, _, let reason) = try trainer.run() else { return XCTFail("not completed") }
        XCTAssertEqual(reason, "validation has not improved for 2 validations")
        let model = try TrainedModel(fixture)
        try model.restore(StoredCheckpoint(path: XCTUnwrap(folder.checkpoints.pointer("latest"))))
        XCTAssertEqual(model.state.history.count, 3, "the best one, then two that waited")
        XCTAssertEqual(model.state.stopping.waited, 2)
    }

    private let advice = "lower training.optimizer.learning_rate or set training.clip_norm, and go on from the last "
        + "checkpoint with --resume"

    func testWeightsThatAreNotFiniteEndTheRunEvenIfStepsMayBeSkipped() throws {
        for choice in TrainingConfiguration.NonFinite.allCases {
            var fixture = try RunFixture()
            fixture.configuration.training.nonFinite = choice
            let (trainer, task, _) = try trainer(fixture.configuration)
            task.parameters.dense[0] = .nan
            task.parametersChanged()
            XCTAssertThrowsError(try trainer.run()) {
                XCTAssertEqual(
                    ($0 as? AgreedFailure)?.message,
                    "after step 0 weights are not finite: layers/0/forward/input_weight; \(advice)")
            }
        }
    }

    func testASkippedStepChangesNothingButThePosition() throws {
        for (rows, optimizer) in [("exact", "adam"), ("lazy", "adam"), ("exact", "rmsprop"), ("exact", "sgd")] {
            var fixture = try RunFixture()
            fixture.configuration.training.nonFinite = .skip
            // What is kept counts twice, which is too much for such rows.
            fixture.configuration.model.inputDropout = 0.5
            fixture.configuration.training.optimizer.name = .init(rawValue: optimizer) ?? .adam
            fixture.configuration.training.optimizer.sparseRows = .init(rawValue: rows) ?? .exact
            let (trainer, task, _) = try trainer(fixture.configuration.resolved)
            func current() -> [[UInt32]] {
                trainer.optimizer.bringCurrent(table: 0, task.parameters.tables[0], ids: nil)
                let moments = trainer.optimizer.currentMoments(table: 0, width: task.parameters.layout.tables[0].width)
                let dense = trainer.optimizer.denseMoments
                return [
                    task.parameters.dense.elements.map(\.bitPattern),
                    task.parameters.tables[0].storage.elements.map(\.bitPattern),
                    dense.first?.elements.map(\.bitPattern) ?? [], dense.second?.elements.map(\.bitPattern) ?? [],
                    moments.first?.map(\.bitPattern) ?? [], moments.second?.map(\.bitPattern) ?? [],
                ]
            }
            _ = try trainer.measureSteps(seconds: 0, warmUp: 2)
            let before = current(), state = trainer.state, step = trainer.optimizer.step
            // For one step every row reads as what float32 has no room for twice.
            let rows = task.parameters.tables[0].storage, kept = rows.elements.map { $0 }
            for place in 0..<rows.count { rows[place] = place % 2 == 0 ? 3e38 : -3e38 }
            _ = try trainer.measureSteps(seconds: 0, warmUp: 0)
            for place in 0..<rows.count { rows[place] = kept[place] }
            XCTAssertEqual(trainer.state.leftOut.total, 1)
            XCTAssertEqual(trainer.state.leftOut.inARow, 1)
            XCTAssertEqual(trainer.state.stepInEpoch, state.stepInEpoch + 1)
            XCTAssertEqual(trainer.state.epochTotals, state.epochTotals)
            XCTAssertEqual(trainer.optimizer.step, step)
            XCTAssertEqual(current(), before, "\(optimizer), \(rows) rows")
            _ = try trainer.measureSteps(seconds: 0, warmUp: 0)
            XCTAssertEqual(trainer.state.leftOut.total, 1)
            XCTAssertEqual(trainer.state.leftOut.inARow, 0)
            XCTAssertEqual(trainer.optimizer.step, step + 1)
        }
    }

    /// The last step of an epoch may leave behind what only the next one would have shown.
    func testAStateThatIsNotFiniteIsNotWritten() throws {
        let fixture = try RunFixture()
        let (trainer, task, folder) = try trainer(fixture.configuration)
        let steps = task.trainingPlan(epoch: 0).stepCount
        _ = try trainer.measureSteps(seconds: 0, warmUp: steps - 1)
        trainer.optimizer.denseMoments.second?[0] = .infinity
        XCTAssertThrowsError(try trainer.run()) {
            XCTAssertEqual(
                ($0 as? AgreedFailure)?.message,
                "after step \(steps) the optimizer's moments are not finite; \(advice)")
        }
        XCTAssertTrue(try folder.checkpoints.generations.isEmpty)
    }

    func testFrozenVectorsAreTheFilesAfterARun() throws {
        for trainable in [false, true] {
            var fixture = try RunFixture()
            try fixture.makeVectors(trainable: trainable)
            let (trainer, task, _) = try trainer(fixture.configuration)
            let before = task.parameters.tables[0].storage.elements.map(\.bitPattern)
            _ = try trainer.run()
            XCTAssertEqual(task.parameters.tables[0].storage.elements.map(\.bitPattern) == before, !trainable)
        }
    }
}
