extension Quantity {
    /// A time span in its two largest units: `85 ms`, `4.2 s`, `42 s`, `3 min 05 s`, `1 h 02 min`, `3 d 04 h`.
    ///
    /// - Parameter seconds: Negative spans (clocks that were set back) and what is not finite read as unknown.
    public static func duration(_ seconds: Double) -> String {
        // 1e9 s are 31 years: beyond that an estimate says nothing.
        guard seconds >= 0, seconds < 1e9 else { return unknown }
        if seconds == 0 { return "0 s" }
        if seconds < 0.9995 { return "\(Int((seconds * 1000).rounded())) ms" }
        if seconds < 9.95 { return fixed(seconds, decimals: 1) + " s" }
        let whole = Int(seconds.rounded())
        if whole < 60 { return "\(whole) s" }
        if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
        let minutes = Int((seconds / 60).rounded())
        if minutes < 48 * 60 { return "\(minutes / 60) h \(twoDigits(minutes % 60)) min" }
        let hours = Int((seconds / 3600).rounded())
        return "\(hours / 24) d \(twoDigits(hours % 24)) h"
    }

    private static func twoDigits(_ value: Int) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
