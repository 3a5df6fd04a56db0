import ArgumentParser
import Configuration
import Foundation
import TestSupport
import XCTest

import rnn_dist

/// What README and the pages about tasks say: the configurations, keys and commands they name.
final class DocumentationTests: XCTestCase {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let catalogue = root.appendingPathComponent("Sources/rnn-dist/Documentation.docc")

    /// Each page about a task, with the shortest configuration of that task.
    private static let taskPages = [
        ("Classification", "task: classify\ndata: {train: t.csv}"),
        ("LanguageModels", "task: language_model\ndata: {train: t.txt}"),
        ("Tagging", "task: tag\ndata: {train: t.in, tokens: words}\nmodel: {input: {embedding: 8}}"),
        ("Translation", "task: translate\ndata: {train: \"t.{en,de}\"}"),
        ("Captions", "task: caption\ndata: {train: t.csv}"),
        ("Forecasting", "task: forecast\ndata: {train: t.csv, tokens: values}\nmodel: {input: features}"),
        ("LongMemory", "task: memory\ndata: {train: \"builtin:copy\"}"),
    ]

    private static let otherPages = [
        "rnn-dist", "Performance", "Clusters", "NewsTutorial", "NamesTutorial", "Exactness", "CheckpointFormat",
        "Extending", "Reports", "Interchange", "Planning",
    ]

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    private func page(_ name: String) throws -> String { try text("Sources/rnn-dist/Documentation.docc/\(name).md") }

    /// README and every page, by path.
    private func documents() throws -> [(path: String, text: String)] {
        let pages = try FileManager.default.contentsOfDirectory(atPath: Self.catalogue.path).sorted().filter {
            $0.hasSuffix(".md")
        }
        XCTAssertEqual(Set(pages), Set((Self.taskPages.map(\.0) + Self.otherPages).map { $0 + ".md" }))
        return try (["README.md"] + pages.map { "Sources/rnn-dist/Documentation.docc/\($0)" }).map {
            ($0, try text($0))
        }
    }

    /// Links between pages and to sections, tables, pictures: what docc would warn of is an error.
    func testTheCatalogueBuildsWithoutWarnings() throws {
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("docc-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let built = try RunningProgram([
            MPIRun.locate("docc"), "convert", Self.catalogue.path, "--fallback-display-name", "RNNDist",
            "--fallback-bundle-identifier", "rnn-dist", "--warnings-as-errors", "--output-path", output.path,
        ]).result()
        XCTAssertEqual(built.status, 0, built.standardError)
    }

    func testEveryConfigurationNamedIsThere() throws {
        for (path, text) in try documents() {
            for name in text.matches(of: /Configs\/[a-z0-9-]+\.yaml/).map({ String($0.output) }) {
                XCTAssertNoThrow(
                    try RunConfiguration.read(file: Self.root.appendingPathComponent(name).path),
                    "\(path) names \(name)")
            }
        }
    }

    func testEachPagePrintsAConfigurationAsItIs() throws {
        let folder = Self.root.appendingPathComponent("Configs")
        let configurations = try FileManager.default.contentsOfDirectory(atPath: folder.path).map {
            try text("Configs/\($0)")
        }
        for (name, _) in Self.taskPages {
            let printed = try page(name).matches(of: /```yaml\n((?s:.*?))```/).map { String($0.output.1) }
            XCTAssertFalse(printed.isEmpty, name)
            for one in printed {
                XCTAssertTrue(configurations.contains(one), "\(name) prints what is in no file:\n\(one)")
            }
        }
    }

    func testEveryKeyInATableExistsAndHasTheDefaultItSays() throws {
        for (name, document) in Self.taskPages {
            let keys = try printedKeys(
                RunConfiguration.read(yaml: Array(document.utf8), name: name).yaml(comments: true))
            let rows = try page(name).matches(of: /(?m)^\| `([a-z0-9_.]+\.[a-z0-9_]+)` \| ([^|]*) \|/)
            XCTAssertGreaterThan(rows.count, 4, name)
            for row in rows {
                let key = String(row.output.1), said = row.output.2
                guard let value = keys[key] else {
                    XCTFail("\(name): there is no key \(key)")
                    continue
                }
                if said.hasPrefix("`") { XCTAssertEqual("`\(value)`", String(said), "\(name): default of \(key)") }
            }
        }
    }

    func testEveryCommandIsUnderstood() throws {
        var count = 0
        for (path, text) in try documents() {
            for line in text.matches(of: /(?m)^(?:\$ |    )(?:mpirun -n \d+ )?rnn-dist ([^\n>#]*)/) {
                count += 1
                XCTAssertNoThrow(try RNNDist.parseAsRoot(CommandLineText.words(of: String(line.output.1))), "\(path): \(line.output.0)")
            }
        }
        XCTAssertGreaterThan(count, 40)
    }

    /// Every key that `rnn-dist config` prints, with its value; the first element of a list is number 0.
    private func printedKeys(_ yaml: String) -> [String: String] {
        var path: [(indent: Int, name: String)] = [], keys: [String: String] = [:]
        for line in yaml.split(separator: "\n") {
            var indent = line.prefix { $0 == " " }.count
            var rest = line.dropFirst(indent)
            if rest.hasPrefix("# ") { rest.removeFirst(2) }
            path.removeAll { $0.indent >= indent }
            if rest.hasPrefix("- ") {
                path.append((indent, "0"))
                rest.removeFirst(2)
                indent += 2
            }
            guard let colon = rest.firstIndex(of: ":") else { continue }
            path.append((indent, String(rest[..<colon])))
            let value = rest[rest.index(after: colon)...].prefix { $0 != "#" }
            keys[path.map(\.name).joined(separator: ".")] = value.trimmingCharacters(in: .whitespaces)
        }
        return keys
    }
}
