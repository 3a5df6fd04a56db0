import HDF5

/// A picture as SVG 1.1 text: the same calls give the same bytes on every machine.
struct SVGCanvas {
    enum Anchor: String { case start, middle, end }

    /// Dark grey, softer than black and still dark in print.
    static let ink = "#222222"
    static let grey = "#666666"
    static let lightGrey = "#DDDDDD"

    let width: Double
    private let height: Double
    private let title: String
    private var body = ""

    /// - Parameter title: What the picture shows, for those who cannot see it.
    init(width: Double, height: Double, title: String) {
        self.width = width
        self.height = height
        self.title = title
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, color: String, width: Double = 1) {
        body += """
            <line x1="\(Self.number(x1))" y1="\(Self.number(y1))" x2="\(Self.number(x2))" y2="\(Self.number(y2))" \
            stroke="\(color)" stroke-width="\(Self.number(width))"/>\n
            """
    }

    /// - Parameter dashes: Lengths of strokes and gaps; empty: a solid line.
    mutating func polyline(_ points: [(x: Double, y: Double)], color: String, dashes: String = "") {
        let places = points.map { "\(Self.number($0.x)),\(Self.number($0.y))" }.joined(separator: " ")
        let dashing = dashes.isEmpty ? "" : " stroke-dasharray=\"\(dashes)\""
        body += """
            <polyline points="\(places)" fill="none" stroke="\(color)" stroke-width="2" \
            stroke-linejoin="round"\(dashing)/>\n
            """
    }

    mutating func circle(_ x: Double, _ y: Double, radius: Double, color: String) {
        body +=
            "<circle cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(radius))\" "
                + "fill=\"\(color)\"/>\n"
    }

    /// - Parameter tooltip: Shown by viewers when the pointer rests on the rectangle.
    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, stroke: String? = nil,
        tooltip: String? = nil
    ) {
        let outline = stroke.map { " stroke=\"\($0)\" stroke-width=\"1\"" } ?? ""
        body += """
            <rect x="\(Self.number(x))" y="\(Self.number(y))" width="\(Self.number(width))" \
            height="\(Self.number(height))" fill="\(fill)"\(outline)
            """
        body += tooltip.map { "><title>\(XMLText.escaped($0))</title></rect>\n" } ?? "/>\n"
    }

    /// - Parameters:
    ///   - y: Of the base line.
    ///   - angle: Degrees clockwise around (x, y).
    ///   - isSolid: False where the pointer should reach what lies below.
    mutating func text(
        _ text: String, _ x: Double, _ y: Double, size: Double, anchor: Anchor = .start, color: String = ink,
        isBold: Bool = false, angle: Double = 0, isSolid: Bool = true
    ) {
        let turn = angle == 0 ? "" : " transform=\"rotate(\(Self.number(angle)) \(Self.number(x)) \(Self.number(y)))\""
        body += """
            <text x="\(Self.number(x))" y="\(Self.number(y))" font-size="\(Self.number(size))" \
            text-anchor="\(anchor.rawValue)" fill="\(color)"\(isBold ? " font-weight=\"bold\"" : "")\
            \(isSolid ? "" : " pointer-events=\"none\"")\(turn)>\(XMLText.escaped(text))</text>\n
            """
    }

    /// The document.
    var document: String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- \(OutputFile.picture.mark) -->\n" + element
    }

    /// The picture as an element of another document.
    var element: String {
        let size = "\(Self.number(width))\" height=\"\(Self.number(height))"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(size)" viewBox="0 0 \(Self.number(width)) \
            \(Self.number(height))" role="img" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif">
            <title>\(XMLText.escaped(title))</title>
            <rect width="100%" height="100%" fill="#FFFFFF"/>
            \(body)</svg>\n
            """
    }

    /// What a text of this size takes, about: a picture cannot ask the reader's font.
    static func width(of text: String, size: Double) -> Double {
        Double(TerminalWidth.columns(of: text)) * size * 0.58
    }

    /// With at most two decimals: a hundredth of a pixel nobody sees.
    static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        var text = (hundredths < 0 ? "-" : "") + String(hundredths.magnitude / 100)
        let fraction = hundredths.magnitude % 100
        if fraction != 0 {
            text += fraction % 10 == 0 ? ".\(fraction / 10)" : fraction < 10 ? ".0\(fraction)" : ".\(fraction)"
        }
        return text
    }
}
