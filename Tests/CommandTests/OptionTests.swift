import ArgumentParser
import XCTest

import rnn_dist

/// What is wrong with an option is said of its value.
final class OptionTests: XCTestCase {
    private func assertRefused(_ words: String, _ message: String, line: UInt = #line) {
        XCTAssertThrowsError(try RNNDist.parsed(words.split(separator: " ").map(String.init)), words, line: line) {
            XCTAssertEqual(RNNDist.message(for: $0), message, line: line)
        }
    }

    func testWhatIsNoCommandIsLikenedToOne() throws {
        assertRefused("trian c.yaml", "'trian' is no command, did you mean 'train'?")
        assertRefused("c.yaml", "'c.yaml' is no command, did you mean 'train c.yaml'?")
        assertRefused("read", "'read' is no command, expected one of those of --help")
        assertRefused("\u{1b}[31mfoo", "'\\u{1b}[31mfoo' is no command, expected one of those of --help")
        assertRefused("frobnicate", "'frobnicate' is no command, expected one of those of --help")
        for words in [["help", "train"], ["--version"], ["--help"]] {
            XCTAssertTrue(RNNDist.exitCode(for: failure { _ = try RNNDist.parsed(words) }).isSuccess, "\(words)")
        }
    }

    private func failure(_ body: () throws -> Void) -> any Error {
        do { try body() } catch { return error }
        return ExitCode.success
    }

    func testAnOverrideThatIsCutAtItsBlanksIsToldHow() {
        assertRefused(
            "train --set model.layers=[{cell: lstm, size: 8}]",
            "2 unexpected arguments: 'size:', '8}]'; a value with blanks belongs in quotes: --set 'KEY=VALUE'")
        assertRefused("train a b --set seed=3", "Unexpected argument 'b'")
    }

    func testASearchDoesNotDraw() {
        for drawing in ["--temperature 1", "--top-k 3", "--top-p 0.5", "--seed 0", "--count 1"] {
            assertRefused(
                "generate runs/x --beam 3 \(drawing)",
                "--beam searches for the one most probable text, so that \(drawing.split(separator: " ")[0]) is of no use, "
                    + "expected one or the other")
        }
        XCTAssertNoThrow(try RNNDist.parseAsRoot(["generate", "runs/x", "--beam", "3"]))
    }

    func testNegativeNumbersAreValuesThatAreOutOfRange() {
        assertRefused("generate runs/x --temperature -1", "--temperature is -1.0, expected from 0 to 1000")
        assertRefused("generate runs/x --top-p -0.5", "--top-p is -0.5, expected more than 0, at most 1")
        assertRefused("generate runs/x --top-k -3 --count 2", "--top-k is -3, expected from 1 to 1000000")
        assertRefused("generate runs/x --length -1", "--length is -1, expected from 1 to 1000000")
        assertRefused("generate runs/x --beam -1", "--beam is -1, expected from 1 to 1000")
        assertRefused("predict runs/x a --length-penalty -1", "--length-penalty is -1.0, expected from 0 to 100")
        assertRefused("predict runs/x a --top-k -1", "--top-k is -1, expected from 1 to 1000")
    }

    func testWhatWouldNeedMemoryWithoutEndIsRefused() {
        for command in ["predict runs/x a", "evaluate runs/x", "generate runs/x"] {
            for beam in ["1001", "9000000000000000000"] {
                assertRefused("\(command) --beam \(beam)", "--beam is \(beam), expected from 1 to 1000")
            }
            XCTAssertNoThrow(try RNNDist.parseAsRoot((command + " --beam 1000").split(separator: " ").map(String.init)))
            assertRefused("\(command) --threads 1025", "--threads is 1025, expected from 1 to 1024")
        }
        assertRefused("predict runs/x a --top-k 1001", "--top-k is 1001, expected from 1 to 1000")
        assertRefused("predict runs/x a --max-length 1000001", "--max-length is 1000001, expected from 1 to 1000000")
        assertRefused("generate runs/x --length 1000001", "--length is 1000001, expected from 1 to 1000000")
    }

    func testNumbersOfRanksAndNetworksAreToldHowTheyAreWritten() {
        for value in ["0", "1,,2", "1000000", "x"] {
            assertRefused(
                "plan --ranks \(value)",
                "The value '\(value)' is invalid for '--ranks <ranks>': expected whole numbers from 1 to 65536 with commas "
                    + "between, such as 1,8,64")
        }
        assertRefused(
            "plan --network 10G",
            "The value '10G' is invalid for '--network <network>': expected 'measured', or bits a second and a latency, "
                + "such as 10Gbit,50us")
    }

    func testASeedIsAWholeNumber() throws {
        for value in ["-1", "0.5", "18446744073709551616", "x"] {
            assertRefused(
                "generate runs/x --seed \(value)",
                "The value '\(value)' is invalid for '--seed <seed>': expected a whole number from 0 to 18446744073709551615"
            )
        }
        XCTAssertNoThrow(try RNNDist.parseAsRoot(["generate", "runs/x", "--seed", "18446744073709551615"]))
    }

    func testANumberThatIsNoneIsOutOfRange() {
        for value in ["inf", "nan"] {
            assertRefused(
                "generate runs/x --temperature \(value)", "--temperature is \(value), expected from 0 to 1000")
            assertRefused(
                "predict runs/x a --length-penalty \(value)", "--length-penalty is \(value), expected from 0 to 100")
        }
    }
}
