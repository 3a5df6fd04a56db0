import Training
import XCTest

final class RankBalanceTests: XCTestCase {
    func testTheRankThatComputesLongestIsTheSlowest() throws {
        let balance = try XCTUnwrap(RankBalance(computing: [2, 5, 3, 2], waiting: [3, 0.5, 2, 4]))
        XCTAssertEqual(balance.slowestRank, 1)
        XCTAssertEqual(balance.imbalance, 5 / 3.0, accuracy: 1e-12)
        XCTAssertEqual(balance.waitedSeconds, 3)
    }

    func testOfEqualsTheLowestRankIsNamed() {
        XCTAssertEqual(RankBalance(computing: [1, 2, 2], waiting: [1, 0, 0])?.slowestRank, 1)
    }

    func testOneRankHasNobodyToWaitFor() {
        XCTAssertNil(RankBalance(computing: [3], waiting: [0]))
        XCTAssertNil(RankBalance(computing: [0, 0], waiting: [1, 1]))
    }
}
