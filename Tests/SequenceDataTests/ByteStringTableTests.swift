import SequenceData
import XCTest

final class ByteStringTableTests: XCTestCase {
    func testStringsAreNumberedInOrderOfFirstSight() {
        var table = ByteStringTable()
        let numbers = (0..<5000).map { table.intern(Array("w\($0 % 1700)".utf8).span) }
        XCTAssertEqual(numbers, (0..<5000).map { $0 % 1700 })
        XCTAssertEqual(table.count, 1700)
        XCTAssertEqual(table.find(Array("w1699".utf8).span), 1699)
        XCTAssertNil(table.find(Array("w1700".utf8).span))
        XCTAssertEqual(table.text(of: 3), "w3")
    }

    func testStringsAreComparedByBytes() {
        var table = ByteStringTable()
        let strings: [[UInt8]] = [[0xC3, 0xA9], [0x65, 0xCC, 0x81], [], [0], [0, 0], [0xFF]]
        XCTAssertEqual(strings.map { table.intern($0.span) }, [0, 1, 2, 3, 4, 5])
        XCTAssertEqual((0..<6).sorted(by: table.precedes), [2, 3, 4, 1, 0, 5])
    }

    func testStringsOfEveryLengthAreToldApart() {
        var table = ByteStringTable()
        var strings: [[UInt8]] = []
        for count in 0..<300 {
            strings.append([UInt8](repeating: 0, count: count))
            for place in [0, 7, 8, 254, 255] where place < count {
                strings.append(strings[strings.count - 1])
                strings[strings.count - 1][place] ^= UInt8(truncatingIfNeeded: place) | 1
            }
        }
        let distinct = Set(strings).count
        let numbers = strings.map { table.intern($0.span) }
        XCTAssertEqual(table.count, distinct)
        XCTAssertEqual(strings.map { table.find($0.span) }, numbers)
        XCTAssertEqual(
            numbers.map { number in table.withBytes(of: number) { span in span.indices.map { span[$0] } } }, strings)
    }

    func testStringsThatShareTheirHashAndBeginAreToldApart() {
        // Found by search: the same slot of a small table, first eight bytes, length, and bits of the hash kept in the
        // slot.
        for (left, right) in [("collide_adcqg", "collide_aptag"), ("collide_adcsm", "collide_aptca")] {
            var table = ByteStringTable()
            XCTAssertEqual(table.intern(Array(left.utf8).span), 0)
            XCTAssertEqual(table.intern(Array(right.utf8).span), 1)
            XCTAssertEqual(table.find(Array(right.utf8).span), 1)
        }
    }

    func testTablesAreEqualWhenTheirStringsHaveTheSameNumbers() {
        var a = ByteStringTable(), b = ByteStringTable(), c = ByteStringTable()
        for text in ["ab", "c"] { _ = a.intern(Array(text.utf8).span) }
        for text in ["ab", "c"] { _ = b.intern(Array(text.utf8).span) }
        for text in ["a", "bc"] { _ = c.intern(Array(text.utf8).span) }
        XCTAssertEqual(a, b)
        XCTAssertNotEqual(a, c)
    }
}
