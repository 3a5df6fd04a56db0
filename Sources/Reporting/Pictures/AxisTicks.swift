import Foundation

/// Round places on an axis: multiples of 1, 2 or 5 times a power of ten.
package struct AxisTicks {
    /// Ascending.
    package private(set) var places: [(value: Double, label: String)] = []

    /// - Parameters:
    ///   - range: What the axis must show; of length above 0.
    ///   - count: About how many ticks.
    ///   - isWhole: Whether only whole numbers make sense (epochs, steps).
    ///   - outside: Whether the first and last tick lie at or beyond the range's ends rather than inside it.
    package init(covering range: ClosedRange<Double>, count: Int, isWhole: Bool = false, outside: Bool = false) {
        let length = range.upperBound - range.lowerBound
        precondition(length > 0 && length.isFinite && count > 0, "an axis has a length and ticks")
        var exponent = Int(log10(length / Double(count)).rounded(.down))
        var mantissa = 1
        // The smallest round step that needs no more than about `count` ticks.
        let wanted = length / Double(count) * 0.999
        while Self.value(mantissa, exponent) < wanted {
            (mantissa, exponent) = mantissa == 1 ? (2, exponent) : mantissa == 2 ? (5, exponent) : (1, exponent + 1)
        }
        if isWhole, exponent < 0 { (mantissa, exponent) = (1, 0) }

        let step = Self.value(mantissa, exponent)
        // A thousandth of a step forgives the division's rounding.
        let slack = outside ? -0.001 : 0.001
        let first =
            outside ? (range.lowerBound / step - slack).rounded(.down) : (range.lowerBound / step - slack).rounded(.up)
        let last =
            outside ? (range.upperBound / step + slack).rounded(.up) : (range.upperBound / step + slack).rounded(.down)
        // Beyond 2^53 multiples of the step the values themselves are too coarse for an axis.
        guard abs(first) < 9e15, abs(last) < 9e15, first <= last else { return }
        for multiple in Int(first)...Int(last) {
            let value = Self.value(multiple * mantissa, exponent)
            places.append((value, Self.label(multiple * mantissa, exponent)))
        }
    }

    /// mantissa · 10^exponent, divided where that is exact: 3 / 10 is 0.3 and 3 · 0.1 is not.
    private static func value(_ mantissa: Int, _ exponent: Int) -> Double {
        exponent < 0 ? Double(mantissa) / pow(10, Double(-exponent)) : Double(mantissa) * pow(10, Double(exponent))
    }

    private static func label(_ mantissa: Int, _ exponent: Int) -> String {
        if mantissa == 0 { return "0" }
        if exponent < -5 || exponent > 8 || abs(value(mantissa, exponent)) >= 1e15 { return "\(mantissa)e\(exponent)" }
        if exponent < 0 { return Quantity.fixed(value(mantissa, exponent), decimals: -exponent) }
        return Quantity.count(Int(value(mantissa, exponent)))
    }
}
