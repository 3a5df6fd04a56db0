import Foundation
import HDF5
import TestSupport
import Training
import XCTest

/// Checkpoints that are written while training goes on.
final class CheckpointWriterTests: XCTestCase {
    private var folder: TemporaryFolder!
    private var checkpoints: CheckpointFolder { CheckpointFolder(run: folder.path) }

    override func setUpWithError() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: checkpoints.path, withIntermediateDirectories: true)
    }

    private func writer(_ model: TrainedModel, keep: Int = 3, _ incarnation: Incarnation? = nil) -> CheckpointWriter {
        let writer = CheckpointWriter(checkpoints, keep: keep, incarnation)
        let (configuration, parameters, artifacts) = (model.configuration, model.task.parameters, model.task.artifacts)
        writer.prepare {
            CheckpointSnapshot(
                configuration, roomFor: parameters, artifacts: artifacts, carried: nil,
                receipt: Checkpoint.Receipt(lines: ["program: test", "ranks: 1"]))
        }
        return writer
    }

    private func begin(_ writer: CheckpointWriter, _ model: TrainedModel, isBest: Bool) {
        model.readRows()
        writer.begin(isBest: isBest) { $0.take(model.task.parameters, model.optimizer, model.state, carried: nil) }
    }

    func testASnapshotIsTheStateOfItsStepWhateverTrainingDoesMeanwhile() throws {
        let model = try TrainedModel(RunFixture())
        model.train(steps: 5)
        let snapshot = CheckpointSnapshot(
            model.configuration, roomFor: model.task.parameters, artifacts: model.task.artifacts, carried: nil,
            receipt: Checkpoint.Receipt(lines: ["program: test", "ranks: 1"]))
        // Twice: nothing of an earlier step stays in the memory that is used again.
        for _ in 1...2 {
            let expected = try model.image()
            snapshot.take(model.task.parameters, model.optimizer, model.state, carried: nil)
            model.train(steps: 3)
            XCTAssertEqual(try snapshot.image(subject: "model.h5").array, expected.array)
            XCTAssertNotEqual(try model.image().array, expected.array)
        }
    }

    func testCheckpointsAreWrittenInTheirOrderAndToldOfOnce() throws {
        let model = try TrainedModel(RunFixture())
        let writer = writer(model)
        for isBest in [false, true, false] {
            model.train(steps: 1)
            begin(writer, model, isBest: isBest)
        }
        writer.finish()
        let written = try writer.collect()
        XCTAssertEqual(written.map(\.step), [1, 2, 3])
        XCTAssertEqual(written.map(\.isBest), [false, true, false])
        XCTAssertEqual(try writer.collect().count, 0)
        XCTAssertEqual(checkpoints.pointer("latest"), written[2].path)
        XCTAssertEqual(checkpoints.pointer("best"), written[1].path)
        XCTAssertEqual(try StoredCheckpoint(path: written[2].path).digest, try model.digest())
    }

    func testACheckpointThatCannotBeWrittenIsToldOfAndTheOneBeforeStays() throws {
        let model = try TrainedModel(RunFixture())
        let writer = writer(model)
        model.train(steps: 1)
        begin(writer, model, isBest: false)
        writer.finish()
        XCTAssertEqual(try writer.collect().count, 1)
        try FileManager.default.moveItem(atPath: checkpoints.path, toPath: folder.path + "/away")
        begin(writer, model, isBest: false)
        writer.finish()
        XCTAssertThrowsError(try writer.collect()) { error in
            XCTAssertTrue("\(error)".contains("step-00000001.h5: "), "\(error)")
        }
        try FileManager.default.moveItem(atPath: folder.path + "/away", toPath: checkpoints.path)
        XCTAssertEqual(try checkpoints.generations.map(\.step), [1])
        XCTAssertNoThrow(try StoredCheckpoint(path: checkpoints.generations[0].path))
    }

    /// As a kill leaves it between a checkpoint and the pointers to it, and in the midst of a write.
    func testGoingOnPutsPointersRightAndRemovesWhatIsHalfWritten() throws {
        let model = try TrainedModel(RunFixture())
        let writer = writer(model)
        model.train(steps: 1)
        model.state.stopping.best = 0.5
        model.state.stopping.bestStep = 1
        begin(writer, model, isBest: true)
        writer.finish()
        let path = try XCTUnwrap(try writer.collect().first).path
        try FileManager.default.removeItem(atPath: checkpoints.path + "/best")
        try AtomicFile.write("step-00000000.h5\n", to: checkpoints.path + "/latest")
        let half = checkpoints.path + "/.host-1-0" + AtomicFile.temporarySuffix
        try Data(count: 9).write(to: URL(fileURLWithPath: half))
        try checkpoints.goOn(from: StoredCheckpoint(path: path))
        XCTAssertEqual(checkpoints.pointer("latest"), path)
        XCTAssertEqual(checkpoints.pointer("best"), path)
        XCTAssertFalse(FileManager.default.fileExists(atPath: half))

        model.train(steps: 1)
        begin(writer, model, isBest: false)
        writer.finish()
        let next = try XCTUnwrap(try writer.collect().first).path
        try checkpoints.goOn(from: StoredCheckpoint(path: next))
        XCTAssertEqual(checkpoints.pointer("latest"), next)
        XCTAssertEqual(checkpoints.pointer("best"), path, "the better one stays")
    }

    /// Which one is the best cannot be read: a link is not followed.
    func testNothingIsRemovedWhereTheBestIsUnknown() throws {
        let model = try TrainedModel(RunFixture())
        let writer = writer(model, keep: 1)
        try FileManager.default.createSymbolicLink(
            atPath: checkpoints.path + "/best", withDestinationPath: "elsewhere")
        for _ in 1...3 {
            model.train(steps: 1)
            begin(writer, model, isBest: false)
        }
        writer.finish()
        XCTAssertEqual(try checkpoints.generations.map(\.step), [3, 2, 1])
    }

    func testAStartThatWasSucceededWritesNothingMore() throws {
        let run = RunFolder(folder.path), old = try Incarnation(claiming: run, host: "old")
        XCTAssertNoThrow(try old.check())
        let new = try Incarnation(claiming: run, host: "new")
        XCTAssertNoThrow(try new.check())
        let message = "\(folder.path): a later start of this run has taken over (\(new.name)); this one (\(old.name)) "
            + "writes nothing more; if that one is the mistake, end it and go on with --resume"
        XCTAssertThrowsError(try old.check()) { XCTAssertEqual("\($0)", message) }

        let model = try TrainedModel(RunFixture())
        model.train(steps: 1)
        let writer = writer(model, old)
        begin(writer, model, isBest: true)
        writer.finish()
        XCTAssertThrowsError(try writer.collect()) { XCTAssertEqual("\($0)", message) }
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: checkpoints.path), [])
    }
}
