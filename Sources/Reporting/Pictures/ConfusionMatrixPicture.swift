/// A confusion matrix as an SVG picture: rows are true classes, columns predicted ones.
///
/// The darker a cell, the larger the share of its true class; each cell tells its counts when the pointer
/// rests on it. Up to about 50 classes every cell is readable, more still give a picture of the whole.
public struct ConfusionMatrixPicture: Sendable {
    private let title: String
    private let labels: [String]
    private let counts: [[Int]]

    /// - Parameters:
    ///   - labels: One per class, `K`.
    ///   - counts: `[K][K]`, true class first.
    public init(title: String, labels: [String], counts: [[Int]]) {
        precondition(
            counts.count == labels.count && counts.allSatisfy { $0.count == labels.count },
            "a confusion matrix has one row and one column for each label")
        self.title = title
        self.labels = labels
        self.counts = counts
    }

    /// The picture as an SVG document.
    public var svg: String { canvas.document }

    var canvas: SVGCanvas {
        let cell = Self.cellSize(classes: labels.count)
        let labelSize = min(13, max(3, cell * 0.72))
        let shown = labels.map { TerminalText.truncated(TerminalText.printable($0), columns: Self.longestLabel) }
        let labelWidth = shown.map { SVGCanvas.width(of: $0, size: labelSize) }.max() ?? 0
        let left = 50 + labelWidth
        // Labels above the columns are turned by half a right angle: sin 45° of their width is their height.
        let top = 96 + labelWidth * 0.71
        let side = cell * Double(labels.count)
        let width = max(left + side + labelWidth * 0.71 + 24, left + 310, 420)
        var canvas = SVGCanvas(width: width, height: top + side + 76, title: title)

        canvas.text(title, 16, 28, size: 16, isBold: true)
        canvas.text(summary, 16, 50, size: 13, color: SVGCanvas.grey)
        canvas.text("predicted", left + side / 2, 76, size: 13, anchor: .middle)
        canvas.text("true", 24, top + side / 2, size: 13, anchor: .middle, angle: -90)
        for (number, label) in shown.enumerated() {
            let middle = (Double(number) + 0.5) * cell
            canvas.text(label, left - 8, top + middle + labelSize * 0.35, size: labelSize, anchor: .end)
            canvas.text(label, left + middle + labelSize * 0.3, top - 8, size: labelSize, angle: -45)
        }
        drawCells(on: &canvas, left: left, top: top, cell: cell)
        canvas.rectangle(left, top, side, side, fill: "none", stroke: SVGCanvas.grey)
        drawScale(on: &canvas, left: left, top: top + side + 24)
        return canvas
    }

    private static let longestLabel = 24
    /// Below this size a digit is no longer one.
    private static let smallestDigits = 6.0

    private func drawCells(on canvas: inout SVGCanvas, left: Double, top: Double, cell: Double) {
        // One size for all numbers: the longest must fit.
        let digits = counts.joined().max().map { String($0).utf8.count } ?? 1
        let size = min(13, cell * 0.5, (cell - 2) / (Double(digits) * 0.58))
        // The diagonal has an outline, so that the eye finds it where classes are rare or missed;
        // small cells would be nothing but outline.
        let hasOutlines = cell >= 8
        for (row, line) in counts.enumerated() {
            let examples = line.reduce(0, +)
            for (column, count) in line.enumerated() where count > 0 || row == column {
                let isOutlined = hasOutlines && row == column
                let share = examples > 0 ? Double(count) / Double(examples) : 0
                let x = left + Double(column) * cell
                let y = top + Double(row) * cell
                let inset = isOutlined ? 0.5 : 0
                canvas.rectangle(
                    x + inset, y + inset, cell - 2 * inset, cell - 2 * inset, fill: Self.shade(share),
                    stroke: isOutlined ? SVGCanvas.grey : nil, tooltip: tooltip(row, column, count, share))
                guard size >= Self.smallestDigits, count > 0 else { continue }
                canvas.text(
                    String(count), x + cell / 2, y + cell / 2 + size * 0.35, size: size, anchor: .middle,
                    color: share > 0.45 ? "#FFFFFF" : SVGCanvas.ink, isSolid: false)
            }
        }
    }

    private func drawScale(on canvas: inout SVGCanvas, left: Double, top: Double) {
        let steps = 20
        for step in 0...steps {
            canvas.rectangle(left + Double(step) * 6, top, 6, 12, fill: Self.shade(Double(step) / Double(steps)))
        }
        canvas.rectangle(left, top, Double(steps + 1) * 6, 12, fill: "none", stroke: SVGCanvas.grey)
        canvas.text("0 %", left, top + 28, size: 12)
        canvas.text("100 % of the true class", left + Double(steps + 1) * 6 + 8, top + 11, size: 12)
    }

    private var summary: String {
        let examples = counts.joined().reduce(0, +)
        let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
        guard examples > 0 else { return "no examples" }
        let accuracy = Quantity.percent(Double(right) / Double(examples))
        return "\(Quantity.count(right)) of \(Quantity.count(examples)) right (\(accuracy))"
    }

    private func tooltip(_ row: Int, _ column: Int, _ count: Int, _ share: Double) -> String {
        "true \(labels[row]), predicted \(labels[column]): \(Quantity.count(count)) "
            + "(\(Quantity.percent(share)) of \(labels[row]))"
    }

    /// 44 for a few classes, shrinking so that about 50 fill a page and more never fall below a visible dot.
    private static func cellSize(classes: Int) -> Double {
        classes == 0 ? 44 : min(44, max(4, (1000 / Double(classes)).rounded(.down)))
    }

    private static func shade(_ share: Double) -> String {
        color(share).reduce(into: "#") { text, part in
            text += (part < 16 ? "0" : "") + String(part, radix: 16, uppercase: true)
        }
    }

    /// Red, green and blue, from white to dark blue; the part of the square root lets small shares, the confusions,
    /// be seen.
    static func color(_ share: Double) -> [UInt8] {
        let depth = (share + share.squareRoot()) / 2
        return [8, 48, 107].map { UInt8((255 + ($0 - 255) * depth).rounded()) }
    }
}
