import Configuration
import HDF5
import Kernels
import Optimization
import RecurrentNetworks
import SequenceData
import Tasks
import Training

/// A small model with its optimizer in the middle of a run, driven by hand.
final class TrainedModel {
    let configuration: RunConfiguration
    /// Keeps the data's folder.
    let fixture: RunFixture
    let task: ClassificationTask
    let optimizer: Optimizer
    var state: TrainingState
    private let team = ThreadTeam(count: 1)
    private let gradients: Gradients<Float>

    /// A fresh start.
    init(_ fixture: RunFixture) throws {
        self.fixture = fixture
        configuration = fixture.configuration.resolved
        task = try ClassificationTask.forTraining(self.configuration, team: team, artifacts: nil) { _ in }
        let layout = task.parameters.layout
        optimizer = Optimizer(configuration.training.optimizer, layout)
        gradients = Gradients(layout, subtrees: 1)
        state = TrainingState(epochTotals: Self.zeros(task))
        task.parameters.initialize(seed: configuration.seed)
        task.parametersChanged()
    }

    static func zeros(_ task: ClassificationTask) -> Totals {
        Totals(
            sums: [Double](repeating: 0, count: task.totalsShape.sums),
            counts: [Int64](repeating: 0, count: task.totalsShape.counts))
    }

    func restore(_ checkpoint: StoredCheckpoint) throws {
        state = try checkpoint.restore(task.parameters, optimizer, totals: Self.zeros(task), carried: nil)
        task.parametersChanged()
    }

    func train(steps: Int) {
        let layout = task.parameters.layout, shards = configuration.training.shards
        for _ in 0..<steps {
            var plan = task.trainingPlan(epoch: state.epoch)
            if state.stepInEpoch == plan.stepCount {
                state.epoch += 1
                state.stepInEpoch = 0
                plan = task.trainingPlan(epoch: state.epoch)
            }
            let batch = task.trainingBatch(plan, step: state.stepInEpoch, shards: 0..<shards, subtrees: [0..<shards])
            for (table, rows) in task.rowsRead(batch).enumerated() where layout.tables[table].isTrained {
                optimizer.bringCurrent(table: table, task.parameters.tables[table], ids: rows)
            }
            let totals = task.gradients(batch, optimizerStep: optimizer.step, into: gradients)
            optimizer.update(
                dense: task.parameters.dense, gradient: gradients.dense[0], tables: task.parameters.tables,
                tableGradients: layout.tables.indices.map {
                    layout.tables[$0].isTrained ? gradients.tables[$0][0] : nil
                },
                scale: 1 / totals.sums.reduce(0) { $0 + $1[1] },
                learningRate: configuration.training.optimizer.learningRate, team: team)
            task.parametersChanged()
            state.stepInEpoch += 1
            for sums in totals.sums { for (i, sum) in sums.enumerated() { state.epochTotals.sums[i] += sum } }
            for (i, count) in totals.counts.enumerated() { state.epochTotals.counts[i] += count }
        }
    }

    func readRows() {
        for (number, table) in task.parameters.layout.tables.enumerated() where table.isTrained {
            optimizer.bringCurrent(table: number, task.parameters.tables[number], ids: nil)
        }
    }

    func digest() throws -> String {
        readRows()
        return try StateDigest.digest(task.parameters, optimizer, state, artifacts: task.artifacts, carried: nil)
            .description
    }

    func image() throws -> FileBytes {
        readRows()
        return try Checkpoint.image(
            subject: "model.h5", configuration, task.parameters, optimizer, state, artifacts: task.artifacts,
            digest: try digest(), carried: nil,
            receipt: Checkpoint.Receipt(lines: ["program: test", "ranks: 1"]))
    }

    func stored() throws -> StoredCheckpoint { try StoredCheckpoint(bytes: image(), path: "model.h5") }

    /// All numbers that training changes, bit by bit, as they lie in memory.
    var bits: [[UInt32]] {
        func bits(_ buffer: AlignedBuffer<Float>?) -> [UInt32] { buffer?.elements.map(\.bitPattern) ?? [] }
        var all = [bits(task.parameters.dense), bits(optimizer.denseMoments.first), bits(optimizer.denseMoments.second)]
        for (number, table) in optimizer.tables.enumerated() {
            all.append(bits(task.parameters.tables[number].storage))
            // Nobody keeps moments of a table that is not trained.
            guard task.parameters.layout.tables[number].isTrained else { continue }
            all += [
                bits(table.moments.first), bits(table.moments.second),
                table.momentStep.elements.map { UInt32(bitPattern: $0) },
            ]
        }
        return all
    }
}
