/// Fewer points for the same picture.
package enum CurveThinning {
    /// At most four points for each pixel column: the first, lowest, highest and last one, in their order.
    ///
    /// A hundred thousand steps would make a picture of megabytes in which nobody sees a difference.
    ///
    /// - Parameter points: In pixels, from left to right.
    package static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
        guard points.count > 2000 else { return points }
        var kept: [(x: Double, y: Double)] = []
        var start = 0
        while start < points.count {
            let column = points[start].x.rounded(.down)
            var low = start
            var high = start
            var last = start
            while last + 1 < points.count, points[last + 1].x.rounded(.down) == column {
                last += 1
                if points[last].y < points[low].y { low = last }
                if points[last].y > points[high].y { high = last }
            }
            var previous = -1
            for place in [start, low, high, last].sorted() where place != previous {
                kept.append(points[place])
                previous = place
            }
            start = last + 1
        }
        return kept
    }
}
