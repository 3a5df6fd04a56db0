import Foundation
import TestSupport
import XCTest

/// Ranks that would compute different things are refused at the start, with the rank and what differs.
final class DifferingRanksTests: XCTestCase {
    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 100), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        return place
    }

    /// Rank 0 and rank 1 with arguments of their own.
    private func run(_ place: Workplace, _ first: [String], _ second: [String]) throws -> MPIRun {
        let program = try MPIRun.builtProduct("rnn-dist")
        let words = [try MPIRun.locate("mpirun"), "-n", "1", program] + first + [":", "-n", "1", program] + second
        return try RunningProgram(words, folder: place.path).result(timeLimit: 60)
    }

    private let advice = "start all ranks with the same configuration, data and program"

    func testOtherConfigurations() throws {
        let place = try place()
        let common = ["train", "words.yaml", "--output", "run"]
        let cases = [
            (
                common, common + ["--set", "training.epochs=3"],
                "rank 1: training.epochs is 3, expected 2 as on rank 0; \(advice)"
            ),
            (common, common + ["--resume"], "rank 1: --resume is true, expected false as on rank 0; \(advice)"),
            (common, ["train", "none.yaml"], "rank 1: none.yaml: does not exist, expected a configuration file"),
            (
                common, common + ["--threads", "0"],
                "rank 1: command line: --threads is 0, expected from 1 to 1024; see rnn-dist --help"
            ),
            (
                common + ["--set", "training.truncation=5"], common,
                "rank 1: training.truncation is null, expected 5 as on rank 0; \(advice)"
            ),
            (
                common, common + ["--set", "training.optimizer={name: sgd, learning_rate: 0.005}"],
                "rank 1: training.optimizer.name is sgd, expected adam as on rank 0; \(advice)"
            ),
        ]
        for (first, second, message) in cases {
            let run = try run(place, first, second)
            XCTAssertEqual(run.complaints, ["rnn-dist: error: \(message)"])
            XCTAssertNotEqual(run.status, 0)
            XCTAssertFalse(place.exists("run"))
        }
    }

    /// How a rank waits is its own affair.
    func testRanksThatWaitInOtherWaysMeasureTogether() throws {
        let place = try place(), bench = ["bench", "--reduction", "--longest", "4096", "--seconds", "0.1", "--json"]
        let run = try run(place, bench + ["--overlap"], bench + ["--no-overlap"])
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertTrue(run.standardOutput.contains("\"reduction_bytes\""), run.standardOutput)
    }

    func testOtherData() throws {
        let place = try place()
        var text = String(decoding: try place.read("words.csv"), as: UTF8.self)
        text.replace("word1 ", with: "word2 ", maxReplacements: 1)
        try place.write(text, to: "elsewhere/words.csv")
        try place.write(
            """
            if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then cd elsewhere; fi
            exec "$@"

            """, to: "start.sh")
        let program = try MPIRun.builtProduct("rnn-dist")
        func train() throws -> MPIRun {
            try RunningProgram(
                [
                    MPIRun.locate("mpirun"), "-n", "3", "sh", "\(place.path)/start.sh", program, "train",
                    "\(place.path)/words.yaml", "--output", "run",
                ],
                folder: place.path
            ).result(timeLimit: 60)
        }
        let run = try train()
        XCTAssertEqual(
            run.complaints,
            ["rnn-dist: error: rank 1: the training data (SHA-256) is HASH, expected HASH as on rank 0; \(advice)"])
        XCTAssertEqual(run.status, 1)
        XCTAssertFalse(place.exists("run"))

        try FileManager.default.removeItem(atPath: place.path + "/elsewhere/words.csv")
        XCTAssertEqual(
            try train().complaints,
            [
                "rnn-dist: error: rank 1: words.csv: file does not exist; relative paths start at the folder the program runs in"
            ])
    }
}
