import Diagnostics
import Foundation
import TestSupport
import XCTest

/// The commands that the documentation shows, run one after the other as a reader would, on stand-ins for the data.
final class DocumentedCommandTests: XCTestCase {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Pages whose commands lead on to those of others come first.
    private static let firstPages = ["NewsTutorial", "NamesTutorial"]

    /// What needs files that a reader has and no page makes.
    private static let notRun = ["predict runs/captions --input features.csv"]

    func testEveryCommandShownRuns() throws {
        let place = try Workplace(), folder = Self.root.appendingPathComponent("Sources/rnn-dist/Documentation.docc")
        try StandInData.write(to: place)
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/Configs", withDestinationPath: Self.root.appendingPathComponent("Configs").path)
        let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".md") }.map { String($0.dropLast(3)) }.sorted()
        var count = 0
        for page in Self.firstPages + pages.filter({ !Self.firstPages.contains($0) }) {
            let text = try String(contentsOf: folder.appendingPathComponent(page + ".md"), encoding: .utf8)
            // A reader who follows a page begins it anew: runs of other pages may have the same names.
            for run in Set(text.matches(of: /train Configs\/([a-z0-9-]+)\.yaml\n/).map { String($0.output.1) }) {
                try? FileManager.default.removeItem(atPath: "\(place.path)/runs/\(run)")
            }
            for line in text.matches(of: /(?m)^\$ (?:mpirun -n (\d+) )?rnn-dist (.*)$/) {
                let command = String(line.output.2)
                if Self.notRun.contains(command) { continue }
                count += 1
                try run(command, ranks: line.output.1.flatMap { Int($0) }, page, place)
            }
        }
        XCTAssertGreaterThan(count, 40)
    }

    private func run(_ command: String, ranks: Int?, _ page: String, _ place: Workplace) throws {
        var words = CommandLineText.words(of: command)
        if words.first == "train" {
            words += ["--set", "training.epochs=1"]
            if ["copy", "adding", "temporal-order"].contains(where: { command.contains("Configs/\($0).yaml") }) {
                words += ["--set", "data.generated.examples=640", "--set", "data.validation_fraction=0.1"]
            }
        }
        let result = try place.run(words, ranks: ranks)
        XCTAssertEqual(result.status, 0, "\(page): \(command)\n\(result.standardError)")
        if command == "train Configs/ag-news-bilstm64x2.yaml" {
            // What the page's Python program writes.
            let numbers = StandInData.numbers(128)
            try place.write("the \(numbers)\noil \(numbers)\n", to: "runs/ag-news-bilstm64x2/vectors.txt")
        }
    }
}
