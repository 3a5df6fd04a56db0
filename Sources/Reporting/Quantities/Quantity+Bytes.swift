extension Quantity {
    /// A size in memory or on disk, in powers of 1,024: `512 B`, `1.5 MiB`.
    public static func bytes(_ count: Int) -> String {
        var scaled = Double(count.magnitude)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB"]
        // 1023.95 would be printed as 1024.0: it belongs to the next unit.
        while scaled >= 1023.95, unit < units.count - 1 {
            scaled /= 1024
            unit += 1
        }
        let sign = count < 0 ? "-" : ""
        return sign + (unit == 0 ? String(count.magnitude) : fixed(scaled, decimals: 1)) + " " + units[unit]
    }
}
