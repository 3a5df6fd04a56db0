extension Quantity {
    /// Every digit, grouped in threes: `1,234,567`.
    public static func count(_ value: Int) -> String {
        let digits = Array(String(value.magnitude).utf8)
        var text = value < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return text
    }

    /// Three digits and a power of a thousand: `999`, `12.3k`, `4.56M`, `7.89G`.
    public static func short(_ value: Double) -> String {
        guard value.isFinite else { return unknown }
        var scaled = abs(value)
        var unit = 0
        let units = ["", "k", "M", "G", "T"]
        // 999.5 would round to 1000: it belongs to the next unit.
        while scaled >= 999.5, unit < units.count - 1 {
            scaled /= 1000
            unit += 1
        }
        let decimals = scaled >= 99.95 ? 0 : scaled >= 9.995 || unit == 0 ? 1 : 2
        var text = fixed(scaled, decimals: decimals)
        // A plain small number keeps no empty decimal.
        if unit == 0, text.hasSuffix(".0") { text.removeLast(2) }
        return (value < 0 && text != "0" ? "-" : "") + text + units[unit]
    }

    /// So many per second: `12.3k tokens/s`.
    public static func rate(_ perSecond: Double, of unit: String) -> String {
        "\(short(perSecond)) \(unit)/s"
    }
}
