import Configuration
import Diagnostics
import XCTest

/// Whatever the bytes are, the answer is a configuration or a `Diagnostic`, soon.
final class HostileInputTests: XCTestCase {
    private let hint = "; quote text that contains ': ', '#', or begins with one of [{&*!|>'\"%@`"

    func testNothingIsRefusedWithAHint() {
        let message =
            "config.yaml: is empty, expected a mapping that begins with 'task: classify'; 'rnn-dist config' prints a complete example"
        for nothing in ["", "\n\n", "# only a comment\n", "---\n", "~", "\u{feff}"] { assertRefused(nothing, message) }
    }

    func testTheDocumentIsAMapping() {
        let expected =
            "expected a mapping; its keys are task, seed, data, model, forecast, tagging, training, checkpoint, reporting and output"
        assertRefused("- a\n", "config.yaml:1: the document is a list, \(expected)")
        assertRefused("\nhello\n", "config.yaml:2: the document is 'hello', \(expected)")
        assertRefused("{[a]: b}", "config.yaml:1: has a key that is no plain word")
    }

    func testDuplicateKeysAreRefused() {
        assertRefused(
            document("training:\n  epochs: 1\n  epochs: 2\n"), "config.yaml:4: the key 'epochs' is given more than once"
        )
        assertRefused(
            document("training: {epochs: 1, 'epochs': 2}\n"), "config.yaml:3: the key 'epochs' is given more than once")
    }

    func testASyntaxErrorNamesItsLine() {
        assertRefused(
            "task: classify\ndata: [1, 2\n", "config.yaml:3: is not YAML: did not find expected ',' or ']'\(hint)")
        assertRefused(
            "task: classify\n\tdata: 3\n",
            "config.yaml:2: is not YAML: found a tab character that violates indentation\(hint)")
        assertRefused("a: 1\n---\nb: 2\n", "config.yaml:2: is not YAML: but found another document\(hint)")
        assertRefused("a: 1\n\nb: \u{1}\n", "config.yaml:3: is not YAML: control characters are not allowed")
    }

    func testBytesThatAreNotUTF8AreRefusedWithTheirLine() {
        assertDiagnostic("config.yaml:2: contains bytes that are not UTF-8; save the file as UTF-8") {
            _ = try RunConfiguration.read(yaml: Array("task: classify\n# caf".utf8) + [0xe9, 10], name: "config.yaml")
        }
    }

    func testAnchorsAliasesAndTagsAreRefused() {
        let hint = "; write the value out; quote text that begins with & or *"
        assertRefused("task: classify\nseed: &a 1\noutput: *a\n", "config.yaml:2: uses a YAML anchor or alias\(hint)")
        assertRefused("task: &a classify\n", "config.yaml:1: uses a YAML anchor or alias\(hint)")
        assertRefused("task: classify\nseed: !!int 3\n", "config.yaml:2: uses a YAML tag")
        assertRefused("task: classify\nmodel: !!map {}\n", "config.yaml:2: uses a YAML tag")
    }

    func testAliasBombsAreRefusedBeforeTheyGrow() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n"
        for level in 1...30 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        bomb += "? *a30\n: 1\n"
        assertRefused(
            bomb, "config.yaml:6: has many words that look like YAML aliases (*name); aliases are not supported")
    }

    func testStarsInCommentsAreNoAliases() throws {
        _ = try read(document(String(repeating: "# *not* an *alias*\n", count: 20)))
    }

    func testDeepNestingIsRefused() {
        for count in [20, 900, 5_000, 100_000] {
            for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
                let yaml = "x: " + (open.count == 2 ? "\n  " : "") + String(repeating: open, count: count)
                    + "1" + String(repeating: close, count: count)
                XCTAssertThrowsError(try read(yaml)) { XCTAssertTrue($0 is Diagnostic) }
            }
        }
        assertRefused(
            document("model: {dense: \(String(repeating: "[", count: 30))\(String(repeating: "]", count: 30))}\n"),
            "config.yaml:3: is nested more than 16 levels deep")
    }

    func testAFileThatIsTooLongIsRefused() {
        assertRefused(
            String(repeating: "#", count: 300_000), "config.yaml: is longer than 262144 bytes, expected a configuration"
        )
    }

    func testControlCharactersDoNotReachTheTerminal() {
        assertRefused(
            document("\"\\e[31m\": 1\n"),
            "config.yaml:3: unknown key '\\u{1b}[31m', expected task, seed, data, model, forecast, tagging, training, checkpoint, reporting or output"
        )
        assertRefused(document("output: \"a\\0b\"\n"), "config.yaml:3: output is 'a\\u{0}b', expected a path")
    }

    /// Every document cut short and every byte of one replaced: no crash, and nothing but a `Diagnostic`.
    func testDamagedDocumentsNeverCrash() throws {
        let bytes = Array(RunConfiguration().yaml(comments: false).utf8)
        var accepted = 0, refused = 0
        func feed(_ bytes: [UInt8]) {
            do {
                _ = try RunConfiguration.read(yaml: bytes, name: "config.yaml")
                accepted += 1
            } catch {
                refused += 1
                XCTAssertTrue(error is Diagnostic, "\(error)")
            }
        }
        for length in bytes.indices { feed(Array(bytes[..<length])) }
        let hostile = Array("\"'[]{}&*!|>%#:-?,\n\t 0\\~".utf8) + [0, 0x80, 0xff]
        for (index, byte) in zip(bytes.indices, (0...).lazy.map { hostile[$0 % hostile.count] }) {
            var damaged = bytes
            damaged[index] = byte
            feed(damaged)
            damaged.insert(hostile[(index * 7) % hostile.count], at: index)
            feed(damaged)
        }
        XCTAssertGreaterThan(accepted, 10)
        XCTAssertGreaterThan(refused, 500)
    }
}
