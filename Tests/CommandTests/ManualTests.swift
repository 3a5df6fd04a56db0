import ArgumentParser
import Foundation
import XCTest

import rnn_dist

/// The manual pages that `Launch/install` puts beside the program.
final class ManualTests: XCTestCase {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Launch/manual")

    func testEveryCommandHasAPageWithItsOptions() throws {
        let commands = RNNDist.configuration.subcommands.filter(\.configuration.shouldDisplay)
        var pages = ["rnn-dist.1"]
        for command in commands {
            let name = try XCTUnwrap(command.configuration.commandName ?? command._commandName)
            pages.append("rnn-dist.\(name).1")
            let page = try String(contentsOf: Self.folder.appendingPathComponent("rnn-dist.\(name).1"), encoding: .utf8)
            XCTAssertTrue(page.contains(command.configuration.abstract), "\(name): \(Self.hint)")
            for option in RNNDist.helpMessage(for: command).matches(of: /(?m)^  (?:-\w, )?--([a-z0-9-]+)/) {
                XCTAssertTrue(page.contains("-\(option.output.1)"), "\(name): --\(option.output.1) is missing. \(Self.hint)")
            }
        }
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted(), pages.sorted())
    }

    private static let hint = "Extending.md says how the pages are made."
}
