/// A curve in one line of text.
enum Sparkline {
    private static let levels: [Unicode.Scalar] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// Means of as many stretches of the values as there are columns; values that are not finite are left out.
    static func text(_ values: [Double], columns: Int) -> String {
        let finite = values.filter(\.isFinite)
        let count = min(columns, finite.count)
        guard count > 0 else { return "" }
        let means = (0..<count).map { column in
            let part = finite[column * finite.count / count..<(column + 1) * finite.count / count]
            return part.reduce(0, +) / Double(part.count)
        }
        guard let low = means.min(), let high = means.max(), high > low, (high - low).isFinite else {
            return String(repeating: "▄", count: count)
        }
        var text = String.UnicodeScalarView()
        for mean in means {
            text.append(levels[min(levels.count - 1, Int((mean - low) / (high - low) * Double(levels.count)))])
        }
        return String(text)
    }
}
