import Foundation
import TestSupport
import XCTest

/// The short form of `Tests/Faults/checkpoints`: damaged checkpoints of several tasks are read by another process.
final class CheckpointFaultTests: XCTestCase {
    func testDamagedCheckpointsNeverCrashNorHangNorChange() throws {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 60), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        try place.write(SampleData.words(rows: 60), to: "text.txt")
        try place.write(SampleData.textConfiguration, to: "text.yaml")
        try place.writePairs(rows: 40)
        for name in ["words", "text", "pairs"] {
            let run = try place.run([
                "train", "\(name).yaml", "--output", name, "--set", "training.epochs=1", "--set", "checkpoint.keep=1",
            ])
            XCTAssertEqual(run.status, 0, run.standardError)
        }
        let files = ["words", "text", "pairs"].map { name in
            "\(name)/checkpoints/\(place.list("\(name)/checkpoints").last ?? "")"
        }
        for (options, changes) in [([], "400 changes"), (["--sealed"], "400 changes, sealed again")] {
            let run = try MPIRun(
                "checkpoint-faults", ["--count", "400", "--seed", "1"] + options + files, ranks: nil, folder: place.path)
            XCTAssertEqual(run.status, 0, run.standardOutput + run.standardError)
            XCTAssertTrue(run.standardOutput.hasPrefix("\(changes): "), run.standardOutput)
            XCTAssertTrue(
                run.standardOutput.hasSuffix(" same, 0 changed, 0 fault, 0 crash, 0 hang\n"), run.standardOutput)
        }
    }
}
