import Configuration
import Diagnostics
import Kernels
import SequenceData
import Tasks

/// A model and its data by name, the same for everybody who compares trainers.
package struct ReferenceWorkload: Sendable {
    package let name: String
    private let data: Data
    /// Entries of the vocabulary, numbers of an embedded token.
    private let vocabulary: Int, embedding: Int
    private let cell: ModelConfiguration.CellKind, size: Int, layers: Int, isBidirectional: Bool
    /// Sequences or streams a rank.
    private let batch: Int

    private enum Data {
        /// Classified by their last states; Adam.
        case news(NewsTexts)
        /// Random tokens in parallel streams, windows of so many time steps; SGD at 0.1, gradients clipped at norm 5.
        case streams(window: Int)
    }

    private init(
        _ name: String, _ data: Data, vocabulary: Int, embedding: Int, _ cell: ModelConfiguration.CellKind, _ size: Int,
        layers: Int = 1, isBidirectional: Bool = false, batch: Int
    ) {
        (self.name, self.data, self.vocabulary, self.embedding) = (name, data, vocabulary, embedding)
        (self.cell, self.size, self.layers, self.isBidirectional, self.batch) = (
            cell, size, layers, isBidirectional, batch
        )
    }

    private static func news(
        _ name: String, _ texts: NewsTexts = .articles, embedding: Int, _ cell: ModelConfiguration.CellKind,
        _ size: Int,
        layers: Int = 1, isBidirectional: Bool = false, batch: Int = 16
    ) -> ReferenceWorkload {
        ReferenceWorkload(
            name, .news(texts), vocabulary: 20_000, embedding: embedding, cell, size, layers: layers,
            isBidirectional: isBidirectional, batch: batch)
    }

    private static func streams(
        _ name: String, vocabulary: Int, _ cell: ModelConfiguration.CellKind, _ size: Int, batch: Int, window: Int
    ) -> ReferenceWorkload {
        ReferenceWorkload(
            name, .streams(window: window), vocabulary: vocabulary, embedding: size, cell, size, layers: 2, batch: batch
        )
    }

    package static let all: [ReferenceWorkload] = [
        news("ag-title-rnn16", .titles, embedding: 64, .elman, 16),
        news("ag-rnn16", embedding: 64, .elman, 16),
        news("ag-lstm8", embedding: 64, .lstm, 8),
        news("ag-bilstm64x2", embedding: 128, .lstm, 64, layers: 2, isBidirectional: true),
        news("ag-bilstm64x2-b128", embedding: 128, .lstm, 64, layers: 2, isBidirectional: true, batch: 128),
        streams("lm-lstm200x2", vocabulary: 10_000, .lstm, 200, batch: 20, window: 20),
        streams("lm-lstm650x2", vocabulary: 10_000, .lstm, 650, batch: 20, window: 35),
        streams("lm-lstm1500x2", vocabulary: 10_000, .lstm, 1500, batch: 20, window: 35),
        streams("char-lstm128x2", vocabulary: 65, .lstm, 128, batch: 50, window: 50),
        streams("char-lstm512x2", vocabulary: 65, .lstm, 512, batch: 64, window: 50),
        streams("char-gru512x2", vocabulary: 65, .gru, 512, batch: 64, window: 50),
    ]

    /// - Throws: `Diagnostic` (usage) that lists the names there are, or says which one is nearest.
    package static func named(_ name: String) throws -> ReferenceWorkload {
        if let found = all.first(where: { $0.name == name }) { return found }
        let names = all.map(\.name), nearest = names.nearest(to: name)
        throw Diagnostic(
            "--workload", "there is no workload '\(name)'", expected: nearest == nil ? names.listed("or") : nil,
            hint: nearest.map { "did you mean '\($0)'?" }, category: .usage)
    }

    /// Its configuration for so many ranks, each of which keeps the whole batch.
    package func configuration(ranks: Int) -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.data = DataConfiguration()
        configuration.data.train = "generated"
        configuration.data.validationFraction = 0
        configuration.model.input = .embedding(size: embedding)
        var layer = ModelConfiguration.Layer()
        (layer.cell, layer.size, layer.bidirectional) = (cell, size, isBidirectional)
        configuration.model.layers = Array(repeating: layer, count: layers)
        configuration.training = TrainingConfiguration()
        configuration.training.batchSize = batch * ranks
        switch data {
        case .news:
            configuration.training.optimizer.learningRate = 0.001
        case .streams(let window):
            configuration.task = "language_model"
            configuration.training.truncation = window
            configuration.training.optimizer.name = .sgd
            configuration.training.optimizer.learningRate = 0.1
            configuration.training.clipNorm = 5
        }
        return configuration.resolved
    }

    /// Another size of the made-up data than the workload's own.
    package struct DataSize: Sendable {
        /// Texts, or windows of each stream.
        package var examples: Int?
        /// Entries of the vocabulary, at least 3. The data then read the first 10,000 at most, so that one text suits
        /// all sizes.
        package var vocabulary: Int?

        package init(examples: Int? = nil, vocabulary: Int? = nil) {
            (self.examples, self.vocabulary) = (examples, vocabulary)
        }
    }

    /// Its task, with data made up now.
    package func task(
        _ configuration: RunConfiguration, size: DataSize = DataSize(), team: ThreadTeam
    ) throws -> any SequenceTask {
        let entries = size.vocabulary ?? vocabulary, read = size.vocabulary == nil ? entries : min(entries, 10_000)
        let words = try Vocabulary(strings: ["", "[UNK]"] + (2..<entries).map { "\($0)" })
        switch data {
        case .news(let texts):
            return try ClassificationTask(
                configuration,
                ClassificationData(
                    texts.corpus(examples: size.examples ?? NewsTexts.examples, vocabulary: read), vocabulary: words,
                    labels: try LabelSet(names: (0..<NewsTexts.classes).map { "\($0)" })), vectors: nil, team: team)
        case .streams(let window):
            // Fifty windows of each stream, and the last one's last target.
            let steps = configuration.training.truncation ?? window
            let tokens = configuration.training.batchSize * (size.examples ?? 50) * steps + 1
            return try LanguageModelTask(
                configuration, words, training: .random(tokens: tokens, vocabulary: read), validation: nil,
                vectors: nil,
                team: team)
        }
    }
}
