import Tasks

/// A confusion matrix as squares of colour, without letters: the legend goes beside it.
struct ConfusionImage {
    /// Pixels.
    let side: Int
    let png: [UInt8]
    /// What the rows and columns are.
    let legend: String

    /// - Returns: nil: there are more classes than a picture has room for.
    init?(_ confusion: ConfusionMatrix) {
        let classes = confusion.labels.count
        guard 1...Self.mostClasses ~= classes else { return nil }
        let cell = min(32, max(1, 640 / classes)), isRuled = cell >= 6
        side = classes * cell + (isRuled ? 1 : 0)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(3 * side * side)
        let rule: [UInt8] = [208, 208, 208]
        for y in 0..<side {
            let row = min(y / cell, classes - 1), counts = confusion.counts[row]
            let examples = counts.reduce(0, +)
            for x in 0..<side {
                if isRuled, x % cell == 0 || y % cell == 0 {
                    pixels += rule
                } else {
                    pixels += ConfusionMatrixPicture.color(
                        examples > 0 ? Double(counts[x / cell]) / Double(examples) : 0)
                }
            }
        }
        png = PNGImage.encoded(width: side, height: side, pixels)
        let names = confusion.labels.enumerated().map { "\($0 + 1) \(TerminalText.printable($1))" }
        legend = "Rows are true classes, columns predicted ones, in this order;\n"
            + "the darker, the larger the share of the true class.\n\n" + names.joined(separator: "\n")
    }

    /// One pixel each.
    private static let mostClasses = 2000
}
