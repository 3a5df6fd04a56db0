import MessagePassing
import XCTest

final class SortedUnionTests: XCTestCase {
    func testEachIdAppearsOnceInOrder() {
        XCTAssertEqual(sortedUnion(of: []), [])
        XCTAssertEqual(sortedUnion(of: [[], [], []]), [])
        XCTAssertEqual(sortedUnion(of: [[1, 5], [], [0, 5, 9], [5]]), [0, 1, 5, 9])
        for lists in 1...9 {
            let ids = (0..<lists).map { list in (0..<50).filter { $0 * (list + 3) % 7 < 3 }.map(Int32.init) }
            XCTAssertEqual(sortedUnion(of: ids), Set(ids.flatMap { $0 }).sorted())
        }
    }
}
