import Kernels
import XCTest

/// What one pass over a buffer finds out.
final class BufferCheckTests: XCTestCase {
    private func check(_ values: [Float]) -> BufferCheck {
        var check = BufferCheck()
        check.add(AlignedBuffer(values))
        return check
    }

    func testEveryBitOfEveryNumberCounts() {
        for count in [1, 15, 64, 65, 130, 200] {
            let values = (0..<count).map { Float($0) * 0.37 - 5 }, sum = check(values).sum
            for i in values.indices {
                for bit in [0, 22, 23, 30, 31] {
                    var changed = values
                    changed[i] = Float(bitPattern: values[i].bitPattern ^ 1 << UInt32(bit))
                    XCTAssertNotEqual(check(changed).sum, sum, "number \(i) of \(count), bit \(bit)")
                }
            }
        }
    }

    func testOrderAndLengthCount() {
        let values = (0..<300).map { Float($0) }
        for (i, j) in [(0, 1), (3, 67), (10, 138), (200, 299), (295, 296)] {
            var exchanged = values
            exchanged.swapAt(i, j)
            XCTAssertNotEqual(check(exchanged), check(values), "\(i), \(j)")
        }
        XCTAssertNotEqual(check([]), check([0]))
        XCTAssertNotEqual(check([Float](repeating: 0, count: 64)), check([Float](repeating: 0, count: 128)))
    }

    func testWhatIsNotFiniteIsFoundAnywhere() {
        for count in [1, 63, 64, 129] {
            for place in 0..<count {
                for value in [Float.infinity, -.infinity, .nan] {
                    var values = [Float](repeating: -.greatestFiniteMagnitude, count: count)
                    XCTAssertTrue(check(values).isFinite)
                    values[place] = value
                    XCTAssertFalse(check(values).isFinite, "\(value) at \(place) of \(count)")
                }
            }
        }
    }

    func testWholeNumbersAreNotTakenForOthers() {
        var check = BufferCheck()
        check.add(AlignedBuffer([Int32](repeating: -1, count: 100)))
        XCTAssertTrue(check.isFinite)
    }
}
