/// The rectangle of a plot in the picture, and the ranges of values it shows.
struct PlotFrame {
    var left: Double
    var right: Double
    /// Smaller than `bottom`: y grows downwards in a picture.
    var top: Double
    var bottom: Double
    var x: ClosedRange<Double>
    var y: ClosedRange<Double>

    /// Halves first: the length of a range of finite numbers need not be finite.
    func place(x value: Double) -> Double {
        left + (right - left) * ((value / 2 - x.lowerBound / 2) / (x.upperBound / 2 - x.lowerBound / 2))
    }

    func place(y value: Double) -> Double {
        bottom - (bottom - top) * ((value / 2 - y.lowerBound / 2) / (y.upperBound / 2 - y.lowerBound / 2))
    }
}
