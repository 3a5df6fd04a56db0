import SequenceData

/// A label and how probable a model holds it.
public struct RankedLabel: Equatable, Sendable {
    public let label: String
    public let probability: Float
}

extension ClassificationTask {
    /// The most probable labels of each text, the most probable first; ties in the labels' order.
    ///
    /// - Parameters:
    ///   - top: Labels a text at most.
    ///   - source: Where the texts come from, for messages.
    /// - Throws: `Diagnostic` where a line of numbers cannot be read.
    public func predict(_ texts: [String], top: Int, source: String) throws -> [[RankedLabel]] {
        let corpus = try encode(texts, source: source)
        return probabilities(corpus).map { probabilities in
            probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }.prefix(top).map {
                RankedLabel(label: labels[$0], probability: probabilities[$0])
            }
        }
    }

    func encode(_ texts: [String], source: String) throws -> EncodedCorpus {
        try CorpusReader(configuration.data).encode(texts, vocabulary: vocabulary, subject: source)
    }
}
