import Diagnostics
import MessagePassing
import Training
import XCTest

/// Failures and properties that ranks agree on, on one rank; several ranks are tested with the program itself.
final class AgreementTests: XCTestCase {
    private struct Odd: Error, CustomStringConvertible { let description = "something odd" }

    private func failure(_ body: () throws -> Void, line: UInt = #line) throws -> AgreedFailure {
        var found: AgreedFailure?
        let communicator = try OneRank.communicator()
        XCTAssertEqual(communicator.size, 1, line: line)
        XCTAssertThrowsError(try communicator.onAllRanks(body), line: line) { found = $0 as? AgreedFailure }
        return try XCTUnwrap(found, line: line)
    }

    func testASuccessGivesItsResult() throws {
        XCTAssertEqual(try OneRank.communicator().onAllRanks { 42 }, 42)
    }

    /// What all ranks say is said without a rank.
    func testAFailureOfAllKeepsItsWordsAndItsKind() throws {
        let usage = try failure { throw Diagnostic("a.yaml:3", "unknown key 'x'", expected: "'y'", category: .usage) }
        XCTAssertEqual(usage.message, "a.yaml:3: unknown key 'x', expected 'y'")
        XCTAssertEqual(usage.category, .usage)
        let run = try failure { throw Diagnostic("train.csv", "is empty") }
        XCTAssertEqual(run.message, "train.csv: is empty")
        XCTAssertEqual(run.category, .run)
    }

    func testOtherErrorsAreFailuresOfTheRun() throws {
        let failure = try failure { throw Odd() }
        XCTAssertEqual(failure.message, "something odd")
        XCTAssertEqual(failure.category, .run)
    }

    /// An agreed failure inside has been exchanged already: it passes as it is, without another exchange.
    func testAnAgreedFailurePasses() throws {
        let communicator = try OneRank.communicator()
        let failure = try failure { try communicator.onAllRanks { throw Diagnostic("x", "y", category: .usage) } }
        XCTAssertEqual(failure.message, "x: y")
        XCTAssertEqual(failure.category, .usage)
    }

    func testOneRankAgreesWithItselfWhateverTheValues() throws {
        try OneRank.communicator().requireEqual([])
        try OneRank.communicator().requireEqual([("a", ""), ("b", "1, 2"), ("", "c"), ("d", "e\u{301}")])
    }
}
