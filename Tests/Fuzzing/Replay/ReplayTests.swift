import Foundation
import FuzzTargets
import XCTest

/// What a search has found stays mended, and the good input it begins with is good.
final class ReplayTests: XCTestCase {
    private let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Corpus").path

    private func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    func testEveryInputThatWasFoundIsReadOrRefused() throws {
        for name in names(in: corpus) {
            let target = try XCTUnwrap(FuzzTarget.all.first { $0.name == name }, "no target reads \(name)")
            for input in names(in: "\(corpus)/\(name)") {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(corpus)/\(name)/\(input)"))
                let begin = ContinuousClock.now
                XCTAssertNoThrow(try target.run(Array(bytes)), "\(name)/\(input)")
                XCTAssertLessThan(ContinuousClock.now - begin, .seconds(10), "\(name)/\(input)")
            }
        }
    }

    /// A search that begins with refused input finds little.
    func testEveryTargetHasInputThatIsRead() throws {
        for target in FuzzTarget.all where target.name != "checkpoint" {
            let refusals = try target.seeds().map { try target.run($0) }
            XCTAssertTrue(refusals.contains(nil), "\(target.name): \(refusals)")
        }
    }
}
