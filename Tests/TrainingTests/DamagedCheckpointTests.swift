import Configuration
import HDF5
import Kernels
import Training
import XCTest

/// Reading checks everything before it changes anything.
final class DamagedCheckpointTests: XCTestCase {
    private struct Setting {
        let good: TrainedModel, victim: TrainedModel
        let before: [[UInt32]]

        init(_ fixture: RunFixture) throws {
            good = try TrainedModel(fixture)
            good.train(steps: 9)
            victim = try TrainedModel(fixture)
            victim.train(steps: 3)
            victim.readRows()
            before = victim.bits
        }
    }

    /// Expects a message, and a model that is as it was.
    private func expect(
        _ message: String, _ setting: Setting, changing path: String, _ change: RewrittenCheckpoint.Change,
        step: Int? = nil,
        file: StaticString = #filePath, line: UInt = #line
    ) throws {
        let stored = try RewrittenCheckpoint.make(setting.good.image(), changing: path, change, step: step)
        let state = setting.victim.state
        XCTAssertThrowsError(try setting.victim.restore(stored), path, file: file, line: line) {
            XCTAssertEqual("\($0)", message, file: file, line: line)
        }
        XCTAssertEqual(setting.victim.bits, setting.before, path, file: file, line: line)
        XCTAssertEqual(setting.victim.state, state, path, file: file, line: line)
        XCTAssertEqual(setting.victim.optimizer.step, 3, path, file: file, line: line)
    }

    func testAFaithfulCopyIsAccepted() throws {
        let setting = try Setting(RunFixture())
        try setting.victim.restore(RewrittenCheckpoint.make(setting.good.image(), changing: "", .missing))
        XCTAssertEqual(setting.victim.bits, setting.good.bits)
    }

    func testAnyDatasetOfAnotherShapeLeavesEverythingAsItWas() throws {
        let setting = try Setting(RunFixture())
        let file = try HDF5File(image: setting.good.image(), subject: "model.h5")
        let paths = try RewrittenCheckpoint.datasets(file).filter {
            $0.hasPrefix("weights/") || ($0.hasPrefix("optimizer/") && !$0.hasSuffix("moment_step"))
        }
        XCTAssertGreaterThan(paths.count, 12)
        for path in paths {
            let shape = try file.shape(of: path)
            try expect(
                "model.h5: dataset '\(path)' has shape [2, 3], expected \(shape); was it saved with another size?",
                setting,
                changing: path, .floats([1, 2, 3, 4, 5, 6], shape: [2, 3]))
            try expect("model.h5: dataset '\(path)' is missing", setting, changing: path, .missing)
            try expect(
                "model.h5: dataset '\(path)' does not hold 32-bit floating-point numbers, expected float32", setting,
                changing: path,
                .doubles([Double](repeating: 0, count: shape.reduce(1, *)), shape: shape))
        }
    }

    func testMomentStepsAreCheckedAsWell() throws {
        let setting = try Setting(RunFixture())
        let path = "optimizer/embedding/weight/moment_step"
        let rows = setting.good.task.parameters.layout.tables[0].rows
        let zeros = [Int32](repeating: 0, count: rows)
        try expect("model.h5: dataset '\(path)' is missing", setting, changing: path, .missing)
        try expect(
            "model.h5: dataset '\(path)' has shape [2], expected [\(rows)]; was it saved with another size?", setting,
            changing: path,
            .int32s([0, 0], shape: [2]))
        try expect(
            "model.h5: dataset '\(path)' holds 64-bit integers, expected 32-bit integers", setting, changing: path,
            .int64s(zeros.map(Int64.init), shape: [rows]))
        for wrong in [-1, 10, Int32.max] {
            var steps = zeros
            steps[3] = wrong
            try expect(
                "model.h5: row 3 of '\(path)' is \(wrong), expected a step from 0 to 9", setting, changing: path,
                .int32s(steps, shape: [rows]))
        }
    }

    func testStateIsCheckedAsWell() throws {
        let setting = try Setting(RunFixture())
        try expect("model.h5: dataset 'state/position' is missing", setting, changing: "state/position", .missing)
        try expect(
            "model.h5: its position is epoch -1, step 0, expected no negative number, and at most 9 steps", setting,
            changing: "state/position",
            .int64s([-1, 0], shape: [2]))
        try expect(
            "model.h5: its position is epoch 0, step 10, expected no negative number, and at most 9 steps", setting,
            changing: "state/position", .int64s([0, 10], shape: [2]))
        try expect(
            "model.h5: dataset 'state/position' holds 64-bit floats, expected 64-bit integers", setting,
            changing: "state/position", .doubles([.nan, 0], shape: [2]))
        for factor in [-1, 1.5, Double.nan, .infinity] {
            try expect(
                "model.h5: its learning rate is multiplied by \(factor), expected a number from 0 to 1", setting,
                changing: "state/plateau", .doubles([factor, .nan, 0], shape: [3]))
        }
        try expect(
            "model.h5: a count in it is -2, expected no negative number", setting, changing: "state/stopping",
            .doubles([1, -2, 0], shape: [3]))
        try expect(
            "model.h5: dataset 'state/epoch_counts' has shape [1], expected [11]; was it saved with another size?",
            setting,
            changing: "state/epoch_counts", .int64s([1], shape: [1]))
        try expect(
            "model.h5: a count in it is 0.5, expected a whole number", setting, changing: "state/plateau",
            .doubles([1, .nan, 0.5], shape: [3]))
        try expect(
            "model.h5: a count in it is inf, expected a whole number", setting, changing: "state/stopping",
            .doubles([1, .infinity, 0], shape: [3]))
        try expect(
            "model.h5: dataset 'history' has shape [1, 5], expected [1, 2]; was it saved with another size?", setting,
            changing: "history", .doubles([1, 2, 3, 4, 5], shape: [1, 5]))
        for step in [-4, 1 << 31, Int.max] {
            try expect(
                "model.h5: its step is \(step), expected a number from 0 to 2147483647", setting, changing: "", .missing,
                step: step)
        }
    }

    func testAModelLargerThanItsCheckpointIsRefusedBeforeMemoryIsTaken() throws {
        let model = try TrainedModel(RunFixture()), image = try model.image().count
        func refusal(_ change: (inout RunConfiguration) -> Void) throws -> String {
            var asked = model.configuration
            change(&asked)
            do {
                let stored = try RewrittenCheckpoint.make(
                    model.image(), changing: "configuration", .text(asked.yaml(comments: false)))
                _ = try LoadedModel(stored, team: ThreadTeam(count: 1))
                return "read"
            } catch {
                return "\(error)".replacing(/(in|for|most) [0-9]+/) { "\($0.output.1) N" }
            }
        }
        XCTAssertLessThan(image, 1 << 20)
        XCTAssertEqual(
            try refusal { $0.model.layers[0].size = 900_000 },
            "configuration: it asks for N numbers, expected at most N, for which its checkpoint has room")
        XCTAssertEqual(
            try refusal { $0.model.input = .embedding(size: 1_000_000) },
            "configuration: it asks for N numbers, expected at most N, for which its checkpoint has room")
    }

    func testWidthsOfFeaturesAndVectorsAreCheckedBeforeMemoryIsTaken() throws {
        var fixture = try RunFixture()
        try fixture.makeNumeric()
        let model = try TrainedModel(fixture)
        func message(_ path: String, _ change: RewrittenCheckpoint.Change) throws -> String {
            do {
                let stored = try RewrittenCheckpoint.make(model.image(), changing: path, change)
                _ = try LoadedModel(stored, team: ThreadTeam(count: 1))
                return "read"
            } catch { return "\(error)" }
        }
        for width in ["-1", "1000001", "9223372036854775807", "x", ""] {
            XCTAssertEqual(
                try message("artifacts/feature_width", .texts([width])),
                "checkpoint: 'artifacts/feature_width' is '\(width)', expected a number of features")
        }
    }

    /// A checkpoint of one model read into another: the weight is named, not its moments.
    func testAnotherModelIsNamedByItsFirstWeight() throws {
        let small = try RunFixture()
        var large = try RunFixture()
        large.configuration.model.layers[0].size = 7
        let stored = try TrainedModel(small).stored(), model = try TrainedModel(large)
        let before = model.bits
        large.folder.expect(
            "model.h5: dataset 'weights/layers/0/forward/input_weight' has shape [5, 18], expected [5, 21]; was it saved with another size?"
        ) { try model.restore(stored) }
        large.folder.expect(
            "model.h5: dataset 'weights/layers/0/forward/input_weight' has shape [5, 18], expected [5, 21]; was it saved with another size?"
        ) { try stored.restore(model.task.parameters) }
        XCTAssertEqual(model.bits, before)
    }
}
