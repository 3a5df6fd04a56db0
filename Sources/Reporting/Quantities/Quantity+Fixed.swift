import Foundation

extension Quantity {
    /// `value` with a fixed number of decimals: `0.1250`.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        precondition(decimals >= 0, "a number of decimals is not negative")
        guard value.isFinite else { return unknown }
        // Without a locale argument Foundation formats as in C: the point is a point everywhere.
        return String(format: "%.\(decimals)f", value)
    }

    /// `value` with four significant digits, for losses and learning rates: `1.234`, `0.05678`, `1.000e-05`.
    public static func significant(_ value: Double) -> String {
        guard value.isFinite else { return unknown }
        let size = abs(value)
        if size != 0, size < 0.001 || size >= 99_999.5 { return String(format: "%.3e", value) }
        // log10 of what will be printed: 9.9996 is printed as 10.00.
        let whole = size < 9.9995 ? 1 : size < 99.995 ? 2 : size < 999.95 ? 3 : 4
        let leading = size >= 0.99995 || size == 0 ? 0 : size >= 0.099995 ? 1 : size >= 0.0099995 ? 2 : 3
        return String(format: "%.\(4 - whole + leading)f", value)
    }

    /// A share of one as per cent with one decimal: `87.5 %`.
    public static func percent(_ share: Double) -> String {
        guard share.isFinite else { return unknown }
        return fixed(share * 100, decimals: 1) + " %"
    }
}
