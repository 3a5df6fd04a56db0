import Tasks

/// A confusion matrix in the terminal: rows are true classes, columns predicted ones, the diagonal in brackets.
///
/// Columns carry their labels where the terminal is wide enough, else the numbers of the rows; where not
/// even those fit, the largest confusions are listed instead of a matrix nobody could read.
public struct ConfusionTable: Sendable {
    private let labels: [String]
    private let counts: [[Int]]

    /// - Parameters:
    ///   - labels: One per class, `K`.
    ///   - counts: `[K][K]`, true class first.
    public init(labels: [String], counts: [[Int]]) {
        precondition(
            counts.count == labels.count && counts.allSatisfy { $0.count == labels.count },
            "a confusion matrix has one row and one column for each label")
        self.labels = labels.map(TerminalText.printable)
        self.counts = counts
    }

    /// The matrix, or the largest confusions, lines ended by a line feed.
    ///
    /// - Parameter columns: Width of the terminal.
    public func text(columns: Int) -> String {
        guard !labels.isEmpty else { return "" }
        let rowLabels = labels.map { TerminalText.truncated($0, columns: Self.longestLabel) }
        let named = grid(rows: rowLabels, titles: rowLabels)
        if named.width <= columns { return named.text }

        let numbers = labels.indices.map { String($0 + 1) }
        let widest = numbers.last.map(TerminalWidth.columns(of:)) ?? 0
        let numberedRows = zip(numbers, rowLabels).map {
            TerminalText.padded($0, columns: widest, alignment: .right) + " " + $1
        }
        let numbered = grid(rows: numberedRows, titles: numbers)
        if numbered.width <= columns { return numbered.text }
        return largestConfusions(columns: columns)
    }

    private static let longestLabel = 24
    private static let listed = 20

    /// One column more than its widest text for each class; the diagonal's brackets take the places between
    /// columns, so that 18 classes of two-digit counts fit into 80 columns.
    private func grid(rows: [String], titles: [String]) -> (text: String, width: Int) {
        let labelWidth = rows.map(TerminalWidth.columns(of:)).max() ?? 0
        let cells = counts.map { $0.map { $0 == 0 ? "·" : String($0) } }
        let widths = titles.indices.map { column in
            1
                + ([titles[column]] + cells.map { $0[column] })
                .reduce(0) { max($0, TerminalWidth.columns(of: $1)) }
        }
        var text = "rows: true class, columns: predicted class\n" + String(repeating: " ", count: labelWidth)
        for (title, width) in zip(titles, widths) {
            text += TerminalText.padded(title, columns: width, alignment: .right)
        }
        text += "\n"
        for (row, label) in rows.enumerated() {
            text += TerminalText.padded(label, columns: labelWidth, alignment: .left)
            for (column, width) in widths.enumerated() {
                let isHit = row == column
                // The diagonal tells its count even where it is 0.
                let cell = isHit ? "[\(counts[row][column])" : cells[row][column]
                let padded = TerminalText.padded(cell, columns: width, alignment: .right)
                text += row + 1 == column ? "]" + String(padded.unicodeScalars.dropFirst()) : padded
            }
            text += row == widths.count - 1 ? "]\n" : "\n"
        }
        return (text, labelWidth + widths.reduce(1, +))
    }

    private func largestConfusions(columns: Int) -> String {
        let pairs = ConfusionMatrix(labels: labels, counts: counts).mostFrequentConfusions
        let total = pairs.reduce(0) { $0 + $1.count }
        guard total > 0 else { return "\(labels.count) classes, no confusions\n" }

        let shown = pairs.prefix(Self.listed)
        var text =
            "\(labels.count) classes, \(Quantity.count(total)) confusions of \(Quantity.count(pairs.count)) kinds"
        text += shown.count < pairs.count ? "; the \(shown.count) most frequent:\n" : ":\n"
        let labelWidth = max(8, min(Self.longestLabel, (columns - 30) / 2))
        var table = TextTable(columns: [
            .init("true"), .init("predicted"), .init("count", .right), .init("of true class", .right),
        ])
        for pair in shown {
            let examples = counts[pair.row].reduce(0, +)
            table.add([
                TerminalText.truncated(labels[pair.row], columns: labelWidth),
                TerminalText.truncated(labels[pair.column], columns: labelWidth), Quantity.count(pair.count),
                Quantity.percent(Double(pair.count) / Double(examples)),
            ])
        }
        return text + table.text
    }
}

extension ConfusionMatrix {
    /// What is not on the diagonal, the most frequent first.
    var mostFrequentConfusions: [(row: Int, column: Int, count: Int)] {
        var pairs: [(row: Int, column: Int, count: Int)] = []
        for (row, line) in counts.enumerated() {
            for (column, count) in line.enumerated() where row != column && count > 0 {
                pairs.append((row, column, count))
            }
        }
        pairs.sort { ($1.count, $0.row, $0.column) < ($0.count, $1.row, $1.column) }
        return pairs
    }
}
