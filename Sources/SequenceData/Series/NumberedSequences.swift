import Configuration
import Diagnostics
import Kernels

/// Numeric sequences of any lengths, each with the number that is to be said about it.
///
/// They come in the formats of labelled sequences (`ucr`, `long`); the label is the number.
public struct NumberedSequences: Sendable {
    public private(set) var sequences: EncodedCorpus
    /// A series of the numbers, one of each sequence, so that they are scaled as others are.
    public private(set) var targets: SeriesTable

    public static let targetName = "target"

    /// - Throws: `Diagnostic` with file and line for what is not a finite number; where there is no sequence.
    public init(_ path: String, _ configuration: DataConfiguration) throws {
        let source = try DataFormat(configuration: configuration).sequences(of: path, labelled: true)
        var sequences = EncodedCorpus(featureWidth: source.width)
        var numbers: [Double] = [], lines: [Int] = []
        _ = try source.forEach { _, label, values, place in
            guard let number: Double = Number.finite(label) else {
                throw Diagnostic(
                    place.description, "the label is '\(label.text)'",
                    expected: "the number to be said about the sequence")
            }
            sequences.append(values, maxLength: configuration.maxLength)
            numbers.append(number)
            lines.append(place.line ?? 0)
        }
        guard !numbers.isEmpty else { throw Diagnostic(path, "no sequence was found", expected: "at least one") }
        self.sequences = sequences
        targets = SeriesTable(source: path, names: [Self.targetName], values: numbers, dates: [], lines: lines)
    }

    /// Sequences whose numbers nobody knows.
    public init(unknown sequences: EncodedCorpus, source: String) {
        self.sequences = sequences
        targets = SeriesTable(
            source: source, names: [Self.targetName], values: sequences.lengths.map { _ in 1 }, dates: [],
            lines: sequences.lengths.map { _ in 0 })
    }

    /// The sequences for which `isIncluded` holds, renumbered in the same order.
    public func selecting(_ isIncluded: (_ example: Int) -> Bool) -> NumberedSequences {
        let chosen = (0..<targets.count).filter(isIncluded)
        var selected = self
        selected.sequences = sequences.selecting(isIncluded)
        selected.targets = SeriesTable(
            source: targets.source, names: targets.names, values: chosen.map { targets.values[$0] }, dates: [],
            lines: chosen.map { targets.lines[$0] })
        return selected
    }
}
