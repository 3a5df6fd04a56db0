import XCTest

import rnn_dist

/// How many threads a rank takes.
final class CoreShareTests: XCTestCase {
    private func threads(_ sets: [[Int]], of rank: Int = 0, limit: Double? = nil) -> Int {
        let sets = sets.map { CoreSet($0) }
        return CoreShare.threads(cores: CoreShare.cores(own: sets[rank], neighbours: sets, limit: limit))
    }

    func testAnUnboundHostIsDividedAmongItsRanks() {
        XCTAssertEqual(threads([Array(0..<8)]), 8)
        XCTAssertEqual(threads([Array](repeating: Array(0..<8), count: 3)), 2)
        XCTAssertEqual(threads([Array](repeating: Array(0..<3), count: 3)), 1)
        XCTAssertEqual(threads([Array](repeating: [0, 1], count: 16)), 1)
    }

    func testABoundRankUsesItsOwnCores() {
        XCTAssertEqual(threads([[0, 1], [2, 3], [4, 5]], of: 2), 2)
    }

    func testRanksBoundToOneSocketDivideIt() {
        // Four ranks on two sockets of eight cores: what mpirun does with more than two ranks.
        let sockets = [Array(0..<8), Array(8..<16)]
        let ranks = [sockets[0], sockets[1], sockets[0], sockets[1]]
        for rank in ranks.indices { XCTAssertEqual(threads(ranks, of: rank), 4) }
    }

    func testTheTimeThatAContainerGrantsIsNotExceeded() {
        XCTAssertEqual(threads([Array(0..<64)], limit: 2), 2)
        XCTAssertEqual(threads([Array](repeating: Array(0..<64), count: 2), limit: 3), 1)
    }

    func testSetsOfCoresAreWrittenAsTheKernelDoes() {
        XCTAssertEqual(CoreSet([3, 0, 1, 2, 8]).text, "0-3,8")
        XCTAssertEqual(CoreSet(text: "0-3,8"), CoreSet([0, 1, 2, 3, 8]))
        XCTAssertEqual(CoreSet(text: "7"), CoreSet([7]))
        for wrong in ["x", "1-", "3-1", "-1", "1-2-3"] { XCTAssertNil(CoreSet(text: wrong), wrong) }
    }

    func testCoresThatBindingLeavesOutAreCounted() {
        func idle(_ own: [[Int]], _ launcher: Int, limit: Double? = nil) -> [Int] {
            let found = CoreShare.idle(
                own: own.map { CoreSet($0) }, launchers: own.map { _ in CoreSet(Array(0..<launcher)) }, limit: limit)
            return [found.idle, found.all]
        }
        XCTAssertEqual(idle([[0], [1]], 8), [6, 8])
        XCTAssertEqual(idle([[0, 1, 2, 3], [4, 5, 6, 7]], 8), [0, 8])
        XCTAssertEqual(idle([[0], [1]], 64, limit: 4.5), [2, 4])
        XCTAssertEqual(idle([[0], [1]], 64, limit: 0.5), [0, 1])
    }
}
