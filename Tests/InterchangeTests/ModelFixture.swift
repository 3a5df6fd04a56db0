import Configuration
import Interchange
import Kernels
import RecurrentNetworks
import Tasks
import TestSupport

/// Small models of every kind, with random weights, over a little data.
struct ModelFixture {
    let folder: TemporaryFolder
    var configuration = RunConfiguration()

    init(task: String = "classify") throws {
        folder = try TemporaryFolder()
        configuration.task = task
        configuration.data = DataConfiguration()
        configuration.data.tokens = .words
        configuration.data.validationFraction = 0
        configuration.model.input = .embedding(size: 5)
        configuration.model.layers = [Self.layer(.gru, 3)]
        configuration.training.batchSize = 2
        switch task {
        case "tag":
            configuration.data.train = try folder.write("tags.txt", "red A\nblue B\n\nRed B\n7 A\nblue A\n")
        case "language_model":
            configuration.data.lines = true
            configuration.data.train = try folder.write("text.txt", "one two three\ntwo one\nthree two two\n")
        default:
            configuration.data.train = try folder.write("train.csv", "x,Red green!\ny,two red\nx,green green\ny,two\n")
        }
    }

    static func layer(
        _ cell: ModelConfiguration.CellKind, _ size: Int, bidirectional: Bool = false,
        reset: ModelConfiguration.Reset = .after, activation: ModelConfiguration.Activation = .tanh
    ) -> ModelConfiguration.Layer {
        var layer = ModelConfiguration.Layer()
        layer.cell = cell
        layer.size = size
        layer.bidirectional = bidirectional
        layer.reset = reset
        layer.activation = activation
        return layer
    }

    /// - Parameter seed: Of the random weights.
    func task(seed: UInt64 = 1) throws -> any SequenceTask {
        let task = try TaskRegistry.task(configuration).forTraining(
            configuration, team: ThreadTeam(count: 1), artifacts: nil) { _ in }
        task.parameters.initialize(seed: seed)
        task.parametersChanged()
        return task
    }

    func model(seed: UInt64 = 1) throws -> PortableModel { try PortableModel(task(seed: seed), subject: "model") }

    /// All cells, conventions and directions that a layer can have.
    static var layers: [ModelConfiguration.Layer] {
        [false, true].flatMap { bidirectional in
            [
                layer(.elman, 3, bidirectional: bidirectional),
                layer(.elman, 3, bidirectional: bidirectional, activation: .relu),
                layer(.gru, 3, bidirectional: bidirectional, reset: .after),
                layer(.gru, 3, bidirectional: bidirectional, reset: .before),
                layer(.lstm, 3, bidirectional: bidirectional),
            ]
        }
    }
}
