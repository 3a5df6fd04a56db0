/// Where the time of every rank went, as an SVG picture: a bar a rank, a piece of it for each kind of work.
package struct TimeBars: Sendable {
    package struct Part: Sendable {
        package var name: String
        /// Of each rank.
        package var seconds: [Double]

        package init(name: String, seconds: [Double]) {
            self.name = name
            self.seconds = seconds
        }
    }

    package var title: String
    /// From left to right; all have the same number of ranks.
    package var parts: [Part]
    package var width: Double

    package init(title: String, parts: [Part], width: Double = 520) {
        precondition(Set(parts.map(\.seconds.count)).count <= 1, "every part knows all ranks")
        self.title = title
        self.parts = parts
        self.width = width
    }

    /// The picture as an element of another document.
    package var element: String {
        let ranks = parts.first?.seconds.count ?? 0
        let totals = (0..<ranks).map { rank in parts.reduce(0) { $0 + $1.seconds[rank] } }
        let longest = max(totals.max() ?? 0, 1e-9)
        let bar = max(4, min(26, (560 / Double(max(1, ranks))).rounded(.down)))
        let legend = CurveLegend.places(parts.map(\.name), before: 18, width: width - 24)
        let top = 52 + 20 * Double(legend.lines)
        let left = 66.0, right = width - 24
        var canvas = SVGCanvas(width: width, height: top + bar * Double(ranks) + 52, title: title)
        canvas.text(title, 12, 28, size: 16, isBold: true)
        for (number, place) in legend.places.enumerated() {
            let y = 42 + 20 * Double(place.line)
            canvas.rectangle(12 + place.offset, y, 12, 12, fill: CurveStyle(number).color)
            canvas.text(parts[number].name, 12 + place.offset + 18, y + 11, size: 13)
        }
        let ticks = AxisTicks(covering: 0...longest, count: 5)
        for tick in ticks.places {
            let x = left + (right - left) * tick.value / longest
            canvas.line(x, top, x, top + bar * Double(ranks) + 5, color: SVGCanvas.lightGrey)
            canvas.text(tick.label, x, top + bar * Double(ranks) + 20, size: 12, anchor: .middle)
        }
        // As many labels as have room.
        let every = max(1, Int((13 / bar).rounded(.up)))
        for rank in 0..<ranks {
            let y = top + Double(rank) * bar
            if rank % every == 0 {
                canvas.text("rank \(rank)", left - 8, y + bar / 2 + 4, size: 12, anchor: .end)
            }
            var x = left
            for (number, part) in parts.enumerated() where part.seconds[rank] > 0 {
                let length = (right - left) * part.seconds[rank] / longest
                canvas.rectangle(
                    x, y + bar * 0.1, length, bar * 0.8, fill: CurveStyle(number).color,
                    tooltip: "rank \(rank), \(part.name): \(Quantity.duration(part.seconds[rank])) "
                        + "(\(Quantity.percent(part.seconds[rank] / max(totals[rank], 1e-9))))")
                x += length
            }
        }
        canvas.text(
            "seconds", (left + right) / 2, top + bar * Double(ranks) + 42, size: 13, anchor: .middle)
        return canvas.element
    }
}
