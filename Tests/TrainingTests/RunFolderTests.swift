import Foundation
import TestSupport
import Training
import XCTest

/// What may become the folder of a run.
final class RunFolderTests: XCTestCase {
    private var folder: TemporaryFolder!
    private let files = FileManager.default

    override func setUpWithError() throws { folder = try TemporaryFolder() }

    func testCheckingTouchesNothingAndMakingMakesAll() throws {
        let run = RunFolder(folder.path + "/a/b/run")
        try run.check(continues: false)
        XCTAssertEqual(try files.contentsOfDirectory(atPath: folder.path), [])
        try run.make()
        XCTAssertEqual(try files.contentsOfDirectory(atPath: run.path), ["checkpoints"])
        try run.make()
        try run.check(continues: false)
    }

    func testAFolderOfAnotherRunIsOnlyContinued() throws {
        for (file, more, hint) in [
            ("metrics.jsonl", ", which has no checkpoint yet", "begin that run anew"),
            ("checkpoints/step-00000001.h5", "", "continue that run"),
        ] {
            let run = RunFolder(folder.path + "/" + file.prefix(3))
            try run.make()
            try Data().write(to: URL(fileURLWithPath: "\(run.path)/\(file)"))
            folder.expect(
                "\(file.prefix(3)): this folder holds another run\(more), expected a new or empty folder; "
                    + "\(hint) with --resume, or choose another --output"
            ) { try run.check(continues: false) }
            try run.check(continues: true)
        }
    }

    func testAFileInTheWayIsNamed() throws {
        let path = try folder.write("file", "text")
        for run in [path, path + "/below/run"] {
            folder.expect(
                "\(run.dropFirst(folder.path.count + 1)): the folder cannot be written to (file is a file), "
                    + "expected a place for the run's files; choose another --output"
            ) { try RunFolder(run).check(continues: true) }
        }
        folder.expect(
            "file/run: the folder cannot be written to (Not a directory), expected a place for the run's files; choose another --output"
        ) { try RunFolder(path + "/run").make() }
    }

    func testPathsLieInTheFolder() {
        XCTAssertEqual(RunFolder("runs/x").metrics, "runs/x/metrics.jsonl")
        XCTAssertEqual(RunFolder("runs/x").checkpoints.path, "runs/x/checkpoints")
    }
}
