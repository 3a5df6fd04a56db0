import Foundation
import SequenceData

/// A label and how probable a model holds it.
public struct RankedLabel: Equatable, Sendable {
    public let label: String
    public let probability: Float
}

extension ClassificationTask {
    public var predictionOptions: [PredictionOption] { featureWidth == 1 ? [.topK, .labelled] : [.topK] }

    /// The most probable labels of each text or sequence.
    public func predict(_ request: PredictionRequest, notice: (String) -> Void) throws -> [Prediction] {
        guard featureWidth > 0 else {
            let texts = try request.file.map { try CorpusReader.lines(of: $0) } ?? request.texts
            let found = try predict(texts, top: request.topK, source: request.source, notice: notice)
            return zip(texts, found).map(prediction)
        }
        let (names, sequences) = try CorpusReader(configuration.data).sequences(
            request, width: featureWidth, labels: labels)
        return zip(names, ranked(sequences, request.topK)).map(prediction)
    }

    private func prediction(_ subject: String, _ labels: [RankedLabel]) -> Prediction {
        Prediction(
            subject: subject,
            text: labels.map { "\($0.label) " + (String(format: "%.1f %%", $0.probability * 100)) }.joined(
                separator: ", "),
            columns: labels.enumerated().flatMap { place, ranked in
                [("label_\(place + 1)", ranked.label), ("probability_\(place + 1)", "\(ranked.probability)")]
            },
            fields: [
                (
                    "predictions",
                    .list(labels.map { .object([("label", .text($0.label)), ("probability", .float($0.probability))]) })
                )
            ])
    }

    /// The most probable labels of each text, the most probable first; ties in the labels' order.
    ///
    /// - Parameters:
    ///   - top: Labels a text at most.
    ///   - source: Where the texts come from, for messages.
    ///   - notice: Told of tokens that the model does not know, and of empty texts.
    /// - Throws: `Diagnostic` where a line of numbers cannot be read.
    public func predict(
        _ texts: [String], top: Int, source: String, notice: (String) -> Void = { _ in }
    ) throws -> [[RankedLabel]] {
        let reader = CorpusReader(configuration.data)
        guard featureWidth == 0 else {
            return ranked(try reader.sequences(lines: texts, width: featureWidth, source: source), top)
        }
        return ranked(try reader.encode(texts, vocabulary: vocabulary, subject: source, notice: notice), top)
    }

    private func ranked(_ corpus: EncodedCorpus, _ top: Int) -> [[RankedLabel]] {
        probabilities(corpus).map { probabilities in
            probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }.prefix(top).map {
                RankedLabel(label: labels[$0], probability: probabilities[$0])
            }
        }
    }
}
