/// Where the names of a picture's colours stand.
enum CurveLegend {
    /// Line and offset of each name, as many on a line as fit.
    ///
    /// - Parameters:
    ///   - before: What each name's colour takes in front of it.
    ///   - width: Of a line.
    static func places(
        _ names: [String], before: Double, width: Double
    ) -> (places: [(line: Int, offset: Double)], lines: Int) {
        var places: [(line: Int, offset: Double)] = []
        var line = 0
        var offset = 0.0
        for name in names {
            let needed = before + SVGCanvas.width(of: name, size: 13) + 24
            if offset > 0, offset + needed > width {
                line += 1
                offset = 0
            }
            places.append((line, offset))
            offset += needed
        }
        return (places, names.isEmpty ? 0 : line + 1)
    }
}
