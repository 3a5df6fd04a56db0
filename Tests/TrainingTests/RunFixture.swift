import Configuration
import Foundation
import MessagePassing
import TestSupport

/// Data and a configuration for small runs.
struct RunFixture {
    let folder: TemporaryFolder
    var configuration = RunConfiguration()

    /// Words, of which many come rarely.
    init() throws {
        folder = try TemporaryFolder()
        configuration.data = DataConfiguration()
        configuration.data.tokens = .words
        configuration.data.validationFraction = 0.2
        var lines = ""
        for number in 0..<60 {
            let words = (0...(number * 7 % 5)).map { "w\((number * (number + $0) + $0) % 37)" }
            lines += "\(["alpha", "beta", "gamma"][number % 3]),\(words.joined(separator: " "))\n"
        }
        configuration.data.train = try folder.write("train.csv", lines)
        configuration.model.input = .embedding(size: 5)
        configuration.model.layers[0].size = 6
        configuration.model.dropout = 0.2
        configuration.training.batchSize = 8
        configuration.training.epochs = 2
        configuration.training.optimizer.learningRate = 0.01
        configuration.output = folder.path + "/run"
    }

    /// Numeric sequences instead of words.
    mutating func makeNumeric() throws {
        configuration.data.tokens = .values
        configuration.model.input = .features
        var lines = ""
        for number in 0..<30 {
            lines +=
                "\(number % 2) "
                + (0...(number % 4 + 1)).map { "\(Double($0 * number % 7) / 4)" }.joined(separator: " ") + "\n"
        }
        configuration.data.train = try folder.write("train.txt", lines)
    }

    /// Averaged SGD.
    ///
    /// - Parameter step: nil: from where validation gets worse, which so large a learning rate makes sure of.
    mutating func average(since step: Int?) {
        configuration.training.optimizer = OptimizerConfiguration()
        configuration.training.optimizer.name = .asgd
        configuration.training.optimizer.learningRate = step == nil ? 30 : 0.5
        configuration.training.optimizer.triggerStep = step
        configuration.training.optimizer.triggerEpochs = 1
    }

    /// Every regulariser there is.
    mutating func regularize() {
        configuration.model.layers = (0..<2).map { number in
            var layer = ModelConfiguration.Layer()
            (layer.cell, layer.size, layer.layerNorm, layer.zoneout) = (number == 0 ? .lstm : .gru, 6, true, 0.2)
            if number == 0 { layer.zoneoutCell = 0.3 }
            return layer
        }
        configuration.model.dropoutKind = .variational
        (configuration.model.inputDropout, configuration.model.embeddingDropout, configuration.model.weightDrop) = (
            0.1, 0.2, 0.3
        )
    }

    mutating func makeVectors(trainable: Bool) throws {
        let path = try folder.write("glove.txt", (0..<20).map { "w\($0) \($0) 0.5 -\($0).25\n" }.joined())
        configuration.model.input = .vectors(path: path, trainable: trainable)
    }
}

/// One rank, started once; MPI is shut down when the tests end.
enum OneRank {
    static func communicator() throws -> Communicator {
        _ = atExit
        return try Communicator()
    }

    private static let atExit: Void = { _ = atexit { try? Communicator().finish() } }()
}
