/// Precision, recall and F1 of each class as a table.
public struct ClassScoresTable: Sendable {
    /// Shares between 0 and 1; nil where a score is not defined (a class that was never predicted has no precision).
    public struct Scores: Sendable {
        public var label: String
        public var precision: Double?
        public var recall: Double?
        public var f1: Double?
        /// Examples that truly are of the class.
        public var examples: Int

        public init(label: String, precision: Double?, recall: Double?, f1: Double?, examples: Int) {
            self.label = label
            self.precision = precision
            self.recall = recall
            self.f1 = f1
            self.examples = examples
        }
    }

    /// In the order of the labels.
    public var classes: [Scores]
    public var accuracy: Double
    public var macroF1: Double

    public init(classes: [Scores], accuracy: Double, macroF1: Double) {
        self.classes = classes
        self.accuracy = accuracy
        self.macroF1 = macroF1
    }

    /// Table and averages, lines ended by a line feed.
    public var text: String {
        var table = TextTable(columns: [
            .init("class"), .init("precision", .right), .init("recall", .right), .init("F1", .right),
            .init("examples", .right),
        ])
        for scores in classes {
            table.add([
                TerminalText.truncated(TerminalText.printable(scores.label), columns: 40), percent(scores.precision),
                percent(scores.recall), percent(scores.f1), Quantity.count(scores.examples),
            ])
        }
        table.addRule()
        let examples = classes.reduce(0) { $0 + $1.examples }
        table.add(["accuracy", "", "", Quantity.percent(accuracy), Quantity.count(examples)])
        table.add(["macro F1", "", "", Quantity.percent(macroF1)])
        return table.text
    }

    private func percent(_ share: Double?) -> String {
        share.map(Quantity.percent) ?? Quantity.unknown
    }
}
