import Configuration
import Kernels
import Optimization
import RecurrentNetworks
import SequenceData
import Tasks
import TestSupport

/// A small classification of words: six texts of class x, three of y, one of z.
struct TaskFixture {
    let folder: TemporaryFolder
    var configuration = RunConfiguration()
    let team = ThreadTeam(count: 1)

    static let texts = [
        "x,red green blue", "x,red red", "x,green", "x,blue red green red", "x,red blue", "x,green green red",
        "y,one two", "y,two",
        "y,three one two one", "z,up down",
    ]

    init() throws {
        folder = try TemporaryFolder()
        configuration.data = DataConfiguration()
        configuration.data.tokens = .words
        configuration.data.validationFraction = 0
        configuration.data.train = try folder.write("train.csv", Self.texts.joined(separator: "\n") + "\n")
        configuration.model.input = .embedding(size: 5)
        configuration.model.layers[0].size = 6
        configuration.training.batchSize = 4
    }

    /// Numeric sequences with two values a time step.
    mutating func makeNumeric() throws {
        configuration.data.tokens = .values
        configuration.data.columns.sequence = .number(1)
        configuration.data.columns.label = .number(2)
        configuration.data.columns.values = [.number(3), .number(4)]
        configuration.data.train = try folder.write("long.csv", "s,a,1,2\ns,a,3,4\nt,b,5,6\nu,a,0,-1\n")
        configuration.model.input = .features
    }

    func task(initialized: Bool = true, notice: (String) -> Void = { _ in }) throws -> ClassificationTask {
        let task = try ClassificationTask.forTraining(configuration, team: team, artifacts: nil, notice: notice)
        if initialized { task.parameters.initialize(seed: configuration.seed) }
        task.parametersChanged()
        return task
    }

    /// Trains by hand: every step of some epochs, all shards in one place.
    func train(_ task: ClassificationTask, epochs: Int) {
        let layout = task.parameters.layout, shards = configuration.training.shards
        let optimizer = Optimizer(
            configuration.training.optimizer, denseCount: layout.denseCount, doubled: layout.doubled,
            tables: layout.tables.map { ($0.rows, $0.width) })
        let gradients = Gradients<Float>(layout, subtrees: 1)
        for epoch in 0..<epochs {
            let plan = task.trainingPlan(epoch: epoch)
            for step in 0..<plan.stepCount {
                let batch = task.trainingBatch(plan, step: step, shards: 0..<shards, subtrees: [0..<shards])
                for (table, rows) in task.rowsRead(batch).enumerated() where layout.tables[table].isTrained {
                    optimizer.bringCurrent(table: table, task.parameters.tables[table], ids: rows)
                }
                let totals = task.gradients(batch, optimizerStep: optimizer.step, into: gradients)
                optimizer.update(
                    dense: task.parameters.dense, gradient: gradients.dense[0], tables: task.parameters.tables,
                    tableGradients: layout.tables.indices.map {
                        layout.tables[$0].isTrained ? gradients.tables[$0][0] : nil
                    },
                    scale: 1 / totals.sums.reduce(0) { $0 + $1[1] }, learningRate: 0.05, team: team)
                task.parametersChanged()
            }
        }
        for table in layout.tables.indices where layout.tables[table].isTrained {
            optimizer.bringCurrent(table: table, task.parameters.tables[table], ids: nil)
        }
    }

    /// Totals of each training example alone, in the order of the examples.
    func totalsOfEachExample(_ task: ClassificationTask) -> [(label: Int, totals: ShardTotals)] {
        let shards = configuration.training.shards
        let plan = task.trainingPlan(epoch: 0)
        var found: [(example: Int32, label: Int, totals: ShardTotals)] = []
        for step in 0..<plan.stepCount {
            let batch = task.trainingBatch(plan, step: step, shards: 0..<shards, subtrees: [0..<shards])
            found.append((batch.examples[0], Int(batch.labels[0]), task.evaluate(batch)))
        }
        return found.sorted { $0.example < $1.example }.map { ($0.label, $0.totals) }
    }
}
