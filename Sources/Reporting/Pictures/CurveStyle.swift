/// How the curve of one number looks: colours repeat after seven, dashes after four.
struct CurveStyle {
    let color: String
    let dashes: String

    /// - Source: Okabe & Ito, "Color Universal Design", 2008 (without yellow, too pale on white).
    private static let colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
    private static let dashings = ["", "8 4", "2 3", "10 3 2 3"]

    init(_ number: Int) {
        color = Self.colors[number % Self.colors.count]
        dashes = Self.dashings[number % Self.dashings.count]
    }
}
