import Foundation
import Reporting
import XCTest

final class JSONTests: XCTestCase {
    func testKeysKeepTheOrderInWhichTheyWereGiven() {
        var object: JSONObject = ["zebra": 1, "apple": nil, "mango": [1, 2.5, "x"]]
        object["banana"] = true
        object["apple"] = .object([:])
        XCTAssertEqual(object.text, #"{"zebra": 1, "apple": {}, "mango": [1, 2.5, "x"], "banana": true}"#)
        object["zebra"] = nil
        XCTAssertEqual(object.text, #"{"apple": {}, "mango": [1, 2.5, "x"], "banana": true}"#)
    }

    func testKeysThatDifferOnlyInNormalisationAreDifferent() {
        var object = JSONObject()
        object["e\u{301}"] = 1
        object["\u{E9}"] = 2
        XCTAssertEqual(object.members.map { Array($0.key.utf8).count }, [3, 2])
    }

    func testFloatsHaveTheFewestDigitsThatReadBackAsTheSameValue() throws {
        XCTAssertEqual(JSONValue.float(0.1).text, "0.1")
        XCTAssertEqual(JSONValue.number(0.1).text, "0.1")
        XCTAssertEqual(JSONValue.number(Double(Float(0.1))).text, "0.10000000149011612")
        for value in [1e-5, 1e16, 1e300, Double.leastNonzeroMagnitude, 1.0 / 3, 123_456_789.25, -0.0] {
            let data = Data("[\(JSONValue.number(value).text)]".utf8)
            let back = try XCTUnwrap(try JSONSerialization.jsonObject(with: data) as? [Double])
            XCTAssertEqual(back, [value])
        }
    }

    func testWhatIsNoNumberIsNull() {
        XCTAssertEqual(
            JSONValue.array([.number(.nan), .number(.infinity), .float(-.infinity)]).text, "[null, null, null]")
    }

    func testStringsReadBackAsTheSameBytes() throws {
        let strings = ["\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}", "e\u{301}\u{E9}日本\u{1F600}\u{2028}", ""]
        for string in strings {
            let text = JSONValue.array([.string(string)]).text
            XCTAssertFalse(text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
            let back = try XCTUnwrap(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String])
            XCTAssertEqual(back.map { Array($0.utf8) }, [Array(string.utf8)])
        }
        XCTAssertEqual(JSONValue.string("a\u{1B}\"").text, #""a\u001b\"""#)
    }

    func testIndentedTextKeepsArraysOfPlainValuesOnOneLine() {
        let object: JSONObject = [
            "a": [1, 2], "b": .object(["c": []]), "d": .array([.object(["e": 1])]), "f": .object([:]),
        ]
        XCTAssertEqual(
            object.indentedText,
            """
            {
              "a": [1, 2],
              "b": {
                "c": []
              },
              "d": [
                {
                  "e": 1
                }
              ],
              "f": {}
            }
            """)
    }
}
