/// A piece of an HTML document; text becomes part of it escaped, whatever it holds.
///
/// By hand: a report needs a dozen elements, and no library would know this program's figures. Every element is closed,
/// so that the document is well-formed XML as well.
package struct HTML: ExpressibleByStringInterpolation {
    package private(set) var markup: String

    /// Text, maybe of somebody's data: what is markup in it is shown, and so are controls that would change the
    /// direction of what follows.
    package init(stringLiteral text: String) { self.init(text) }

    package init(_ text: String) { markup = XMLText.escaped(TerminalText.printable(text)) }

    /// What is markup already.
    private init(markup: String) { self.markup = markup }

    /// A picture that ``SVGCanvas`` has drawn.
    static func picture(_ element: String) -> HTML { HTML(markup: element) }

    /// A style sheet of the program's own: no text of others.
    static func style(_ sheet: StaticString) -> HTML { HTML(markup: "<style>\(sheet)</style>\n") }

    /// - Parameters:
    ///   - attributes: Values are escaped.
    ///   - content: One behind the other; none where the element can have none (`meta`).
    static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>, _ content: [HTML]
    ) -> HTML {
        let given = attributes.map { " \($0.key)=\"\(XMLText.escaped($0.value))\"" }.joined()
        return HTML(markup: "<\(name)\(given)>" + content.map(\.markup).joined() + "</\(name)>\n")
    }

    static func element(
        _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>, _ content: HTML...
    ) -> HTML { element(name, attributes, content) }

    static func element(_ name: StaticString, _ content: HTML...) -> HTML { element(name, [:], content) }

    static func element(_ name: StaticString, _ content: [HTML]) -> HTML { element(name, [:], content) }

    /// An element that has no content.
    static func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) -> HTML {
        HTML(markup: "<\(name)\(attributes.map { " \($0.key)=\"\(XMLText.escaped($0.value))\"" }.joined())/>\n")
    }

    static func + (left: HTML, right: HTML) -> HTML { HTML(markup: left.markup + right.markup) }

    /// - Parameter language: Of the document, as `en`.
    static func document(language: String, _ content: HTML...) -> String {
        "<!DOCTYPE html>\n" + element("html", ["lang": language], content).markup
    }
}

extension HTML {
    /// A table; on a narrow screen it moves sideways by itself.
    ///
    /// - Parameters:
    ///   - caption: What the table tells.
    ///   - columns: Titles; those of numbers stand to the right.
    ///   - rows: The first cell of each names it.
    static func table(caption: String, columns: [TextTable.Column], rows: [[HTML]]) -> HTML {
        func kind(_ column: Int) -> String { columns[column].alignment == .right ? "number" : "word" }
        let head = columns.indices.map {
            element("th", ["scope": "col", "class": kind($0)], HTML(columns[$0].title))
        }
        let body = rows.map { row in
            element(
                "tr",
                row.enumerated().map { column, cell in
                    column == 0
                        ? element("th", ["scope": "row", "class": kind(0)], cell)
                        : element("td", ["class": kind(column)], cell)
                })
        }
        return element(
            // What moves sideways must be within reach of a keyboard.
            "div", ["class": "wide", "tabindex": "0", "role": "region", "aria-label": caption],
            element(
                "table", element("caption", HTML(caption)), element("thead", element("tr", head)),
                element("tbody", body)))
    }

    static func figure(_ picture: String) -> HTML { element("figure", .picture(picture)) }

    /// A picture that shrinks only as far as it can be read, and moves sideways on a narrower screen.
    static func wideFigure(_ canvas: SVGCanvas, label: String) -> HTML {
        element(
            "figure",
            [
                "class": "wide", "tabindex": "0", "role": "region", "aria-label": label,
                "style": "--least:\(SVGCanvas.number(canvas.width * 0.72))px",
            ], .picture(canvas.element))
    }

    /// Names and values: cards for a few facts, columns of lines for many keys.
    static func list(_ kind: String, _ pairs: [(name: HTML, value: HTML)]) -> HTML {
        element(
            "dl", ["class": kind],
            pairs.map { element("div", element("dt", $0.name), element("dd", $0.value)) })
    }

    /// Side by side where there is room.
    static func beside(_ pieces: [HTML]) -> HTML { element("div", ["class": "beside"], pieces) }
}
