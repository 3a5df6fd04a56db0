import Diagnostics
import Foundation
import Kernels
import RecurrentNetworks
import SequenceData

extension LanguageModelTask {
    /// How probable the model holds each text, as a line by itself: its mean loss and perplexity.
    public func predict(_ request: PredictionRequest, notice: (String) -> Void) throws -> [Prediction] {
        let texts = try request.file.map { try CorpusReader.lines(of: $0) } ?? request.texts
        return try texts.map { text in
            let tokens = try RunningText.encode(
                text, configuration.data, vocabulary: vocabulary, subject: request.source)
            let loss = meanLoss(tokens)
            return Prediction(
                subject: text, text: String(format: "perplexity %.3f, loss %.4f", exp(loss), loss),
                columns: [("loss_nats", "\(loss)"), ("perplexity", "\(exp(loss))")],
                fields: [("loss_nats", .number(loss)), ("perplexity", .number(exp(loss)))])
        }
    }

    /// Mean loss of the tokens of a line and of its end, which begins after a line end.
    private func meanLoss(_ tokens: [Int32]) -> Double {
        let lineEnd = RunningText.lineEndToken(configuration.data, vocabulary)
        network.forward(.init(sequence: [lineEnd] + tokens), .evaluation, parameters, initial: nil)
        let losses = network.losses(targets: tokens + [lineEnd], parameters).losses
        return losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
    }
}

extension SequenceInput<Float> {
    /// One sequence of tokens.
    init(sequence tokens: [Int32]) {
        self.init(
            packed: PackedSequences(lengths: [tokens.count], shards: [0], subtreeShards: [0..<1]),
            tokens: AlignedBuffer(tokens),
            features: nil, examples: AlignedBuffer([0]))
    }

    /// A time step of several sequences.
    init(step tokens: [Int32]) {
        self.init(
            packed: PackedSequences(
                lengths: tokens.map { _ in 1 }, shards: tokens.map { _ in 0 }, subtreeShards: [0..<1]),
            tokens: AlignedBuffer(tokens), features: nil, examples: AlignedBuffer(tokens.indices.map { Int32($0) }))
    }
}
