/// Weights of named classes, in byte order of the labels.
///
/// Not a Dictionary: its keys would take canonically equivalent labels for one, and its order is random.
public struct LabelWeights: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        public let label: String
        public let weight: Double
    }

    public let entries: [Entry]

    /// - Parameter weights: Each label once, in any order.
    public init(_ weights: [(String, Double)]) {
        entries = weights.map { Entry(label: $0, weight: $1) }
            .sorted { $0.label.precedesBytewise($1.label) }
    }

    /// The weight of a label, compared bytewise; nil where it is not listed.
    public subscript(label: String) -> Double? {
        entries.first { $0.label.isBytewise(label) }?.weight
    }
}
