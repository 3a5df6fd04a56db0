import Configuration
import Foundation
import SequenceData

/// What a user should know about evaluated data beside its metrics: what of it was left out or not understood.
public struct DataRemark: Sendable {
    /// For people; nil: there is nothing to remark.
    public let text: String?
    /// For programs, zeros included.
    public let counts: [(name: String, value: Int)]

    /// - Parameters:
    ///   - name: For programs: `left_out_pairs`.
    ///   - what: For people: `longer than data.max_length and left out`.
    ///   - total: What `count` is a part of, in `units`.
    init(_ name: String, _ count: Int, _ what: String, of total: Int, _ units: String) {
        let share = String(format: "%.1f %%", 100 * Double(count) / Double(max(1, total)))
        text = count == 0 ? nil : "\(what): \(count) of \(total) \(units) (\(share))"
        counts = [(name, count)]
    }

    private init(text: String?, counts: [(name: String, value: Int)]) {
        self.text = text
        self.counts = counts
    }

    /// Tokens that the vocabulary lacks.
    static func unknown(_ count: Int, of tokens: Int) -> DataRemark {
        let remark = DataRemark("unknown_tokens", count, "unknown", of: tokens, "tokens")
        return DataRemark(text: remark.text, counts: [("tokens", tokens)] + remark.counts)
    }

    /// What cannot be said of the data.
    static func reservation(_ text: String?) -> DataRemark { DataRemark(text: text, counts: []) }
}

extension DataRemark {
    /// What happened to labelled sequences that were read by themselves, or were a part of what was read.
    static func of(
        _ corpus: EncodedCorpus, wasReadAlone: Bool, _ emptyText: DataConfiguration.EmptyText
    ) -> [DataRemark] {
        let read = corpus.statistics
        let unknown = corpus.featureWidth == 0 ? [DataRemark.unknown(corpus.unknownTokens, of: corpus.steps)] : []
        // Otherwise these are counts of all that was read.
        guard wasReadAlone else { return unknown }
        return unknown + [
            DataRemark(
                "empty_texts", read.emptyTexts,
                "without tokens, \(emptyText == .skip ? "skipped" : "read as the unknown token")", of: read.rows,
                "sequences"),
            DataRemark("cut_sequences", read.cutSequences, "cut at data.max_length", of: read.rows, "sequences"),
        ]
    }
}
