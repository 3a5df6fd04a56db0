import Diagnostics
import Foundation
import SequenceData

/// A label and how probable a model holds it.
public struct RankedLabel: Equatable, Sendable {
    public let label: String
    public let probability: Float
}

extension ClassificationTask {
    /// The most probable labels of each text or sequence.
    public func predict(_ request: PredictionRequest) throws -> [Prediction] {
        let subjects: [String], ranked: [[RankedLabel]]
        if let file = request.file, featureWidth > 1 {
            ranked = try predict(file: file, top: request.topK)
            subjects = ranked.indices.map { "sequence \($0 + 1)" }
        } else {
            subjects = try request.file.map { try CorpusReader.lines(of: $0) } ?? request.texts
            ranked = try predict(subjects, top: request.topK, source: request.source)
        }
        return zip(subjects, ranked).map(prediction)
    }

    private func prediction(_ subject: String, _ labels: [RankedLabel]) -> Prediction {
        Prediction(
            subject: subject,
            text: labels.map { "\($0.label) " + (String(format: "%.1f %%", $0.probability * 100)) }.joined(separator: ", "),
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
    /// - Throws: `Diagnostic` where a line of numbers cannot be read.
    public func predict(_ texts: [String], top: Int, source: String) throws -> [[RankedLabel]] {
        guard featureWidth <= 1 else {
            throw Diagnostic(
                source, "a line holds one value a time step", expected: "\(featureWidth) as in training",
                hint: "predict such sequences with --input FILE in the format of the training data", category: .usage)
        }
        return ranked(try CorpusReader(configuration.data).encode(texts, vocabulary: vocabulary, subject: source), top)
    }

    /// The most probable labels of each sequence of a file in the format of the training data, labels not needed.
    ///
    /// - Throws: `Diagnostic` where the file cannot be read.
    public func predict(file path: String, top: Int) throws -> [[RankedLabel]] {
        ranked(try CorpusReader(configuration.data).readUnlabelled(path, vocabulary: vocabulary), top)
    }

    private func ranked(_ corpus: EncodedCorpus, _ top: Int) -> [[RankedLabel]] {
        probabilities(corpus).map { probabilities in
            probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }.prefix(top).map {
                RankedLabel(label: labels[$0], probability: probabilities[$0])
            }
        }
    }
}
