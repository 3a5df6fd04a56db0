import Foundation
import FoundationXML
import XCTest

/// Elements and texts of a document; fails the test where it is not well-formed.
final class WellFormedXML: NSObject, XMLParserDelegate {
    struct Element {
        var name: String
        var attributes: [String: String]
        var text: String
    }

    private(set) var elements: [Element] = []
    private var open: [Int] = []

    init(_ document: String, file: StaticString = #filePath, line: UInt = #line) {
        super.init()
        let parser = XMLParser(data: Data(document.utf8))
        parser.delegate = self
        let isWellFormed = parser.parse()
        XCTAssertTrue(isWellFormed, "\(String(describing: parser.parserError))", file: file, line: line)
    }

    func texts(of name: String) -> [String] { elements.filter { $0.name == name }.map(\.text) }
    func count(of name: String) -> Int { elements.filter { $0.name == name }.count }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        open.append(elements.count)
        elements.append(Element(name: name, attributes: attributes, text: ""))
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        if let last = open.last { elements[last].text += string }
    }
}
