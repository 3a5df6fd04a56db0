import Configuration
import Kernels
import Tasks
import Training
import XCTest

/// What an observer may read of weights and gradients when an epoch ends.
final class ParameterValuesTests: XCTestCase {
    private final class Observer: TrainingObserver {
        var norms: [Double] = []
        /// Of each epoch's last gradient.
        var squares: [Double] = []
        var weights: [String: [Float]] = [:]
        var names: [String] = []

        func epochCompleted(_ epoch: EpochReport) {
            var squares = 0.0
            epoch.gradient?.forEach { name, values in
                let square = values.reduce(0) { $0 + Double($1) * Double($1) }
                squares += square * (epoch.gradient?.factor ?? 0) * (epoch.gradient?.factor ?? 0)
                names.append(name)
            }
            self.squares.append(squares)
            epoch.weights.forEach { weights[$0] = Array($1) }
        }
        func stepCompleted(_ step: StepReport) {
            if step.stepInEpoch == step.stepsInEpoch { norms.append(step.gradientNorm) }
        }
        func notice(_ text: String) {}
        func runStarted(_ run: RunDescription) {}
        func epochStarted(_ epoch: Int, steps: Int) {}
        func stepLeftOut(_ step: LeftOutStep) {}
        func validated(_ metrics: TaskMetrics, epoch: Int, step: Int, seconds: Double) {}
        func checkpointWritten(_ path: String, step: Int, isBest: Bool, seconds: Double) {}
        func runEnded(_ outcome: TrainingOutcome) {}
    }

    private func observe(_ configuration: RunConfiguration) throws -> (Observer, ClassificationTask) {
        let team = ThreadTeam(count: 1), folder = RunFolder(configuration.output), observer = Observer()
        try FileManager.default.createDirectory(atPath: folder.checkpoints.path, withIntermediateDirectories: true)
        let task = try ClassificationTask.forTraining(configuration, team: team, artifacts: nil) { _ in }
        let trainer = try Trainer(
            configuration, task, from: nil, communicator: OneRank.communicator(), team: team, folder: folder,
            receipt: Checkpoint.Receipt(lines: []), maxMinutes: nil, observer: observer)
        _ = try trainer.run()
        return (observer, task)
    }

    func testTheGradientHasTheNormThatTheStepReports() throws {
        var fixture = try RunFixture()
        // Elman's one bias stands for two, as a cell with layer normalization has none.
        var layer = ModelConfiguration.Layer()
        (layer.cell, layer.size, layer.layerNorm) = (.elman, 6, true)
        fixture.configuration.model.layers = [layer]
        let (observer, _) = try observe(fixture.configuration)
        XCTAssertEqual(observer.squares.count, 2)
        for (squares, norm) in zip(observer.squares, observer.norms) {
            XCTAssertGreaterThan(norm, 0)
            XCTAssertEqual(squares.squareRoot(), norm, accuracy: 1e-6 * norm)
        }
        XCTAssertTrue(observer.names.contains("embedding/weight"))
    }

    func testWeightsAreThoseAfterTheEpochRowMajor() throws {
        let fixture = try RunFixture()
        let (observer, task) = try observe(fixture.configuration)
        XCTAssertEqual(
            observer.weights.keys.sorted(),
            (task.parameters.layout.dense.map(\.name) + task.parameters.layout.tables.map(\.name)).sorted())
        for slice in task.parameters.layout.dense {
            let values = slice.load(from: task.parameters.dense).storage
            withExtendedLifetime(values) { XCTAssertEqual(observer.weights[slice.name], Array(values.elements)) }
        }
        for (table, slice) in zip(task.parameters.tables, task.parameters.layout.tables) {
            XCTAssertEqual(observer.weights[slice.name], Array(table.storage.elements))
        }
    }

    func testFrozenVectorsAreNoneOfThem() throws {
        var fixture = try RunFixture()
        try fixture.makeVectors(trainable: false)
        let (observer, _) = try observe(fixture.configuration)
        XCTAssertNil(observer.weights["embedding/weight"])
        XCTAssertFalse(observer.names.contains("embedding/weight"))
        XCTAssertFalse(observer.names.isEmpty)
    }
}
