import Configuration
import Kernels
import MessagePassing
import RecurrentNetworks
import Tasks
import TestSupport
import Training
import XCTest

/// An embedding that is the output layer's weight, too.
final class TiedTableTests: XCTestCase {
    func testATiedTableTakesTheGradientsOfBothItsUses() throws {
        let folder = try TemporaryFolder()
        var configuration = RunConfiguration()
        configuration.task = "language_model"
        configuration.data = DataConfiguration()
        configuration.data.tokens = .characters
        configuration.data.validationFraction = 0
        configuration.data.train = try folder.write("text.txt", "abcabdabcabeabcabd")
        configuration.model.input = .embedding(size: 6)
        configuration.model.layers[0].size = 6
        configuration.model.output.tied = true
        configuration.training.batchSize = 1
        configuration.training.truncation = 100
        configuration.training.epochs = 1
        configuration.training.optimizer = OptimizerConfiguration()
        (configuration.training.optimizer.name, configuration.training.optimizer.learningRate) = (.sgd, 0.5)
        configuration.output = folder.path + "/run"
        configuration = configuration.resolved
        let team = ThreadTeam(count: 1), run = RunFolder(configuration.output)
        try FileManager.default.createDirectory(atPath: run.checkpoints.path, withIntermediateDirectories: true)

        let expected = try LanguageModelTask.forTraining(configuration, team: team, artifacts: nil) { _ in }
        expected.parameters.initialize(seed: configuration.seed)
        expected.parametersChanged()
        let layout = expected.parameters.layout, gradients = Gradients<Float>(layout, subtrees: 1)
        let shards = configuration.training.shards, plan = expected.trainingPlan(epoch: 0)
        XCTAssertEqual(plan.stepCount, 1)
        let batch = expected.trainingBatch(plan, step: 0, shards: 0..<shards, subtrees: [0..<shards])
        let totals = expected.gradients(batch, optimizerStep: 0, into: gradients)
        let weight = Float(totals.sums.reduce(0) { $0 + $1[1] })
        let range = try XCTUnwrap(layout.tiedRanges[0]), table = expected.parameters.tables[0]
        let output = range.map { gradients.dense[0][$0] }
        let read = Matrix<Float>(rows: table.rows, columns: table.columns)
        addRows(gradients.tables[0][0], to: read)
        for part in [output, Array(read.storage.elements)] { XCTAssertGreaterThan(part.map(abs).max() ?? 0, 0.01) }

        let task = try LanguageModelTask.forTraining(configuration, team: team, artifacts: nil) { _ in }
        let trainer = try Trainer(
            configuration, task, from: nil, communicator: OneRank.communicator(), team: team, folder: run,
            receipt: Checkpoint.Receipt(lines: []), maxMinutes: nil, observer: nil)
        _ = try trainer.run()
        for i in 0..<table.storage.count {
            let value = table.storage[i] - 0.5 * (output[i] + read.storage[i]) / weight
            XCTAssertEqual(task.parameters.tables[0].storage[i], value, accuracy: 1e-6)
        }
    }
}
