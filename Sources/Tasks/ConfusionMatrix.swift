/// How often each class was taken for each class, and what follows from it.
public struct ConfusionMatrix: Equatable, Sendable {
    public let labels: [String]
    /// `counts[actual][predicted]`.
    public let counts: [[Int]]

    public init(labels: [String], counts: [[Int]]) {
        precondition(
            counts.count == labels.count && counts.allSatisfy { $0.count == labels.count },
            "a confusion matrix is square")
        self.labels = labels
        self.counts = counts
    }

    public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Share of examples on the diagonal; 0 without examples.
    public var accuracy: Double {
        total == 0 ? 0 : Double(labels.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(total)
    }

    public struct ClassScores: Equatable, Sendable {
        /// Share of the predictions of this class that are right; nil: never predicted.
        public let precision: Double?
        /// Share of the examples of this class that are found; nil: no examples.
        public let recall: Double?
        /// Harmonic mean of both, 2·TP / (2·TP + FP + FN); nil: neither predicted nor present.
        public let f1: Double?
        public let examples: Int
    }

    public func scores(of index: Int) -> ClassScores {
        let right = counts[index][index]
        let examples = counts[index].reduce(0, +)
        let predicted = counts.reduce(0) { $0 + $1[index] }
        func share(_ part: Int, _ whole: Int) -> Double? { whole == 0 ? nil : Double(part) / Double(whole) }
        return ClassScores(
            precision: share(right, predicted), recall: share(right, examples),
            f1: share(2 * right, examples + predicted),
            examples: examples)
    }

    /// Mean F1 over the classes that occur or are predicted, as scikit-learn's `f1_score(average="macro")` has it.
    public var macroF1: Double {
        let values = labels.indices.compactMap { scores(of: $0).f1 }
        return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
