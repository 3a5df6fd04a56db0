/// Curves over epochs or steps as an SVG picture: losses, accuracies, learning rates.
///
/// Colours are Okabe and Ito's, which colour-blind readers can tell apart; dashes tell the lines apart in
/// black-and-white print.
public struct LossCurve: Sendable {
    public struct Series: Sendable {
        public var name: String
        /// From left to right; where a value is not finite the line has a gap.
        public var points: [(x: Double, y: Double)]

        public init(name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }
    }

    public var title: String
    /// What x counts: `epoch`, `step`.
    public var xLabel: String
    /// What y is, with its unit: `loss (nats per target)`.
    public var yLabel: String
    public var series: [Series]
    /// Of the picture, in pixels: a smaller one keeps its letters' size, and so stays readable on a small screen.
    package var size = (width: 760.0, height: 440.0)

    public init(title: String, xLabel: String, yLabel: String, series: [Series]) {
        self.title = title
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }

    /// The picture as an SVG document.
    public var svg: String { canvas.document }

    /// The picture as an element of another document.
    package var element: String { canvas.element }

    private var canvas: SVGCanvas {
        let (width, height) = size
        var canvas = SVGCanvas(width: width, height: height, title: title)
        // A single curve of the picture's name needs no second one.
        let named = series.count == 1 && series[0].name == title ? [] : series
        let legend = CurveLegend.places(named.map(\.name), before: 34, width: width - 130)
        let shown = series.flatMap { $0.points.filter(Self.canBeShown) }
        let xTicks = AxisTicks(covering: Self.range(shown.map(\.x)), count: width < 600 ? 6 : 10, isWhole: true)
        let yTicks = AxisTicks(covering: Self.lossRange(shown.map(\.y)), count: 6, outside: true)

        let tickWidth = yTicks.places.map { SVGCanvas.width(of: $0.label, size: 12) }.max() ?? 0
        let frame = PlotFrame(
            left: 44 + tickWidth, right: width - 36, top: 62 + 20 * Double(legend.lines), bottom: height - 58,
            x: Self.range(shown.map(\.x)),
            y: (yTicks.places.first?.value ?? 0)...(yTicks.places.last?.value ?? 1))

        canvas.text(title, frame.left, 28, size: 16, isBold: true)
        drawAxes(on: &canvas, frame, xTicks, yTicks)
        for (number, line) in series.enumerated() { draw(line, CurveStyle(number), on: &canvas, frame) }
        for (number, place) in legend.places.enumerated() {
            let style = CurveStyle(number)
            let y = 52 + 20 * Double(place.line)
            let x = frame.left + place.offset
            canvas.polyline([(x, y - 4), (x + 28, y - 4)], color: style.color, dashes: style.dashes)
            canvas.text(series[number].name, x + 34, y, size: 13)
        }
        if shown.isEmpty {
            canvas.text(
                "nothing measured yet", (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, size: 14,
                anchor: .middle, color: SVGCanvas.grey)
        }
        return canvas
    }

    /// Up to here each point is a measurement of its own worth seeing; beyond, the dots would merge.
    private static let mostDots = 40

    private func drawAxes(on canvas: inout SVGCanvas, _ frame: PlotFrame, _ xTicks: AxisTicks, _ yTicks: AxisTicks) {
        for tick in yTicks.places {
            let y = frame.place(y: tick.value)
            canvas.line(frame.left, y, frame.right, y, color: SVGCanvas.lightGrey)
            canvas.text(tick.label, frame.left - 8, y + 4, size: 12, anchor: .end)
        }
        for tick in xTicks.places {
            let x = frame.place(x: tick.value)
            canvas.line(x, frame.bottom, x, frame.bottom + 5, color: SVGCanvas.grey)
            canvas.text(tick.label, x, frame.bottom + 20, size: 12, anchor: .middle)
        }
        canvas.line(frame.left, frame.bottom, frame.right, frame.bottom, color: SVGCanvas.grey)
        canvas.text(xLabel, (frame.left + frame.right) / 2, frame.bottom + 42, size: 13, anchor: .middle)
        canvas.text(yLabel, 20, (frame.top + frame.bottom) / 2, size: 13, anchor: .middle, angle: -90)
    }

    private func draw(_ line: Series, _ style: CurveStyle, on canvas: inout SVGCanvas, _ frame: PlotFrame) {
        for run in line.points.split(whereSeparator: { !Self.canBeShown($0) }) {
            let thinned = CurveThinning.thinned(run.map { (frame.place(x: $0.x), frame.place(y: $0.y)) })
            if thinned.count > 1 { canvas.polyline(thinned, color: style.color, dashes: style.dashes) }
            if thinned.count == 1 || line.points.count <= Self.mostDots {
                for place in thinned { canvas.circle(place.x, place.y, radius: 3, color: style.color) }
            }
        }
    }

    /// False for what is not finite, and for what is so large that no axis has a place for it: no Float is.
    private static func canBeShown(_ point: (x: Double, y: Double)) -> Bool {
        abs(point.x) < 1e100 && abs(point.y) < 1e100
    }

    /// From the smallest to the largest value; around it where all are one.
    private static func range(_ values: [Double]) -> ClosedRange<Double> {
        guard let low = values.min(), let high = values.max() else { return 0...1 }
        // Relative to the size: 1e17 ± 1 has no room for ticks.
        let least = max(1e-100, max(abs(low), abs(high)) * 1e-9)
        if high - low > least { return low...high }
        let margin = low == 0 ? 0.5 : abs(low) * 0.5
        return (low - margin)...(low + margin)
    }

    /// As ``range(_:)``, from 0 where the values come near it: a curve's height then tells its size.
    private static func lossRange(_ values: [Double]) -> ClosedRange<Double> {
        let range = range(values)
        return range.lowerBound >= 0 && range.lowerBound < range.upperBound / 2 ? 0...range.upperBound : range
    }
}
