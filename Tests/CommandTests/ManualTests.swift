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

    /// What the parser tells programs of the commands.
    private struct Help: Decodable {
        struct Command: Decodable {
            struct Argument: Decodable { var abstract: String? }
            var commandName: String
            var arguments: [Argument]?
            var subcommands: [Command]?
        }
        var command: Command
    }

    func testPagesSayOfArgumentsWhatTheHelpSays() throws {
        let help = try JSONDecoder().decode(Help.self, from: Data(RNNDist._dumpHelp().utf8))
        var count = 0
        for command in help.command.subcommands ?? [] where !["help", "read-hdf5"].contains(command.commandName) {
            let file = Self.folder.appendingPathComponent("rnn-dist.\(command.commandName).1")
            let page = try String(contentsOf: file, encoding: .utf8)
            for text in command.arguments?.compactMap(\.abstract) ?? [] {
                XCTAssertTrue(page.contains(text), "\(command.commandName): \(text) \(Self.hint)")
                count += 1
            }
        }
        XCTAssertGreaterThan(count, 100)
    }

    private static let hint = "Extending.md says how the pages are made."
}
