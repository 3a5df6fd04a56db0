/// The rectangle of a plot in the picture, and the ranges of values it shows.
struct PlotFrame {
    var left: Double
    var right: Double
    /// Smaller than `bottom`: y grows downwards in a picture.
    var top: Double
    var bottom: Double
    var x: ClosedRange<Double>
    var y: ClosedRange<Double>

    func place(x value: Double) -> Double {
        left + (right - left) * ((value - x.lowerBound) / (x.upperBound - x.lowerBound))
    }

    func place(y value: Double) -> Double {
        bottom - (bottom - top) * ((value - y.lowerBound) / (y.upperBound - y.lowerBound))
    }
}
