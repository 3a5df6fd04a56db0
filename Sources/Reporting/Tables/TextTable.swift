/// A table in plain text: columns as wide as their widest cell, words to the left, numbers to the right.
///
/// ```
/// label     precision  examples
/// ─────────────────────────────
/// Czech        71.4 %        35
/// ```
public struct TextTable: Sendable {
    public enum Alignment: Sendable { case left, right }

    public struct Column: Sendable {
        public var title: String
        public var alignment: Alignment

        public init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    private enum Line {
        case row([String])
        case rule
    }

    private let columns: [Column]
    private var lines: [Line] = []
    /// Stands between two columns.
    private let gap = "  "

    public init(columns: [Column]) {
        self.columns = columns
    }

    /// Appends a row; missing cells at its end stay empty.
    public mutating func add(_ cells: [String]) {
        precondition(cells.count <= columns.count, "a row has no more cells than the table has columns")
        lines.append(.row(cells.map(TerminalText.printable)))
    }

    /// Appends a line across the table, as before totals.
    public mutating func addRule() {
        lines.append(.rule)
    }

    /// The table, each line ended by a line feed and without spaces at its end.
    public var text: String {
        let titles = columns.map { TerminalText.printable($0.title) }
        var widths = titles.map(TerminalWidth.columns(of:))
        for case .row(let cells) in lines {
            for (column, cell) in cells.enumerated() {
                widths[column] = max(widths[column], TerminalWidth.columns(of: cell))
            }
        }
        let rule = String(repeating: "─", count: widths.reduce(0, +) + gap.count * max(0, widths.count - 1))
        var text = rendered(titles, widths) + rule + "\n"
        for line in lines {
            switch line {
            case .row(let cells): text += rendered(cells, widths)
            case .rule: text += rule + "\n"
            }
        }
        return text
    }

    private func rendered(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            if column > 0 { line += gap }
            line += TerminalText.padded(cell, columns: widths[column], alignment: columns[column].alignment)
        }
        while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
        return line + "\n"
    }
}
