import ArgumentParser
import Foundation
import XCTest

import rnn_dist

/// The manual pages that `Launch/install` puts beside the program.
final class ManualTests: XCTestCase {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Launch/manual")

    func testEveryCommandHasAPageWithItsOptions() throws {
        var pages = ["rnn-dist.1"]
        for command in RNNDist.configuration.subcommands where command.configuration.shouldDisplay {
            let name = command._commandName
            pages.append("rnn-dist.\(name).1")
            let page = try String(contentsOf: Self.folder.appendingPathComponent("rnn-dist.\(name).1"), encoding: .utf8)
            XCTAssertTrue(page.contains(command.configuration.abstract), "\(name): \(Self.hint)")
            let described = Set(page.matches(of: /(?m)^\.It Fl (?:\w , )?-([a-z0-9-]+)/).map(\.output.1))
            let help = RNNDist.helpMessage(for: command)
            // An option and its opposite share a line: --overlap/--no-overlap.
            for option in help.matches(of: /(?m)^  (?:-\w, )?--([a-z0-9-]+)(?:\/--([a-z0-9-]+))?/) {
                for word in [option.output.1, option.output.2 ?? option.output.1] {
                    XCTAssertTrue(described.contains(word), "\(name): --\(word) is missing. \(Self.hint)")
                }
            }
        }
        XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted(), pages.sorted())
    }

    private static let hint = "Extending.md says how the pages are made."
}
