import Foundation
import HDF5
import TestSupport
import Training
import XCTest

/// Generations, pointers, and what a user may name.
final class CheckpointFolderTests: XCTestCase {
    private var folder: TemporaryFolder!
    private var checkpoints: CheckpointFolder!

    override func setUpWithError() throws {
        folder = try TemporaryFolder()
        checkpoints = CheckpointFolder(run: folder.path)
        try FileManager.default.createDirectory(atPath: checkpoints.path, withIntermediateDirectories: true)
    }

    @discardableResult
    private func write(_ step: Int, isBest: Bool = false, keep: Int = 3) throws -> String {
        try checkpoints.write(
            FileBytes(copying: [UInt8](repeating: 1, count: 600), for: "test"), step: step, isBest: isBest, keep: keep)
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).sorted() }
    }

    func testNamesSortByStep() {
        XCTAssertEqual(CheckpointFolder.name(step: 0), "step-00000000.h5")
        XCTAssertEqual(CheckpointFolder.name(step: 1234), "step-00001234.h5")
        XCTAssertEqual(CheckpointFolder.name(step: 123_456_789), "step-123456789.h5")
    }

    func testTheNewestAreKept() throws {
        for step in [5, 10, 15, 20] { try write(step, keep: 2) }
        XCTAssertEqual(try names, ["latest", "step-00000015.h5", "step-00000020.h5"])
        XCTAssertEqual(try checkpoints.generations.map(\.step), [20, 15])
    }

    func testTheBestIsNeverRemoved() throws {
        try write(5, isBest: true, keep: 2)
        for step in [10, 15, 20] { try write(step, keep: 2) }
        XCTAssertEqual(try checkpoints.generations.map(\.step), [20, 15, 5])
        XCTAssertEqual(checkpoints.pointer("best"), checkpoints.path + "/step-00000005.h5")
        try write(25, isBest: true, keep: 2)
        XCTAssertEqual(try checkpoints.generations.map(\.step), [25, 20], "the former best is one of many")
        XCTAssertEqual(checkpoints.pointer("best"), checkpoints.path + "/step-00000025.h5")
    }

    func testOneIsKeptWhereOneIsWanted() throws {
        try write(1, isBest: true, keep: 1)
        try write(2, keep: 1)
        try write(3, keep: 1)
        XCTAssertEqual(try checkpoints.generations.map(\.step), [3, 1])
    }

    /// As after a newer checkpoint turned out damaged: what was just written stays.
    func testWhatWasJustWrittenStaysBesideNewerOnes() throws {
        for step in [30, 40] { try write(step, keep: 2) }
        let path = try write(20, keep: 2)
        XCTAssertTrue(FileManager.default.fileExists(atPath: path))
        XCTAssertEqual(checkpoints.pointer("latest"), path)
    }

    func testTheLatestPointerFollowsEveryWrite() throws {
        XCTAssertNil(checkpoints.pointer("latest"))
        XCTAssertEqual(try write(5), checkpoints.path + "/step-00000005.h5")
        XCTAssertEqual(checkpoints.pointer("latest"), checkpoints.path + "/step-00000005.h5")
        XCTAssertNil(checkpoints.pointer("best"))
        try write(6)
        XCTAssertEqual(try String(contentsOfFile: checkpoints.path + "/latest", encoding: .utf8), "step-00000006.h5\n")
    }

    func testAPointerLeadsNowhereElse() throws {
        for text in ["", "\n", "../../etc/passwd\n", "/etc/passwd"] {
            try text.write(toFile: checkpoints.path + "/latest", atomically: true, encoding: .utf8)
            XCTAssertNil(checkpoints.pointer("latest"), text)
        }
    }

    func testOtherFilesAreNoGenerations() throws {
        try write(7)
        for name in ["step-x.h5", "step-8.txt", "model.h5", ".host-1-0.partial", "step-.h5"] {
            try Data().write(to: URL(fileURLWithPath: "\(checkpoints.path)/\(name)"))
        }
        XCTAssertEqual(try checkpoints.generations.map(\.step), [7])
        try write(8, keep: 1)
        XCTAssertEqual(try names.count, 7, "and are left alone")
    }

    func testAFolderStandsForItsLatestCheckpoint() throws {
        try write(5)
        let newest = try write(10)
        XCTAssertEqual(try CheckpointFolder.resolve(folder.path), newest)
        XCTAssertEqual(try CheckpointFolder.resolve(checkpoints.path), newest)
        try FileManager.default.removeItem(atPath: checkpoints.path + "/latest")
        XCTAssertEqual(try CheckpointFolder.resolve(folder.path), newest, "without a pointer the newest is meant")
        XCTAssertEqual(try CheckpointFolder.resolve(newest), newest)
    }

    func testWhereNoModelIsThoseNearbyAreNamed() throws {
        let runs = folder.path + "/runs", expected = "expected a checkpoint (.h5) or the folder of a run"
        func resolve(_ name: String) -> () throws -> Void { { _ = try CheckpointFolder.resolve("\(runs)/\(name)") } }
        folder.expect("runs/words: does not exist, \(expected)", resolve("words"))
        for run in ["names", "news"] {
            let checkpoints = CheckpointFolder(run: "\(runs)/\(run)")
            try FileManager.default.createDirectory(atPath: checkpoints.path, withIntermediateDirectories: true)
            _ = try checkpoints.write(
                FileBytes(copying: [UInt8](repeating: 1, count: 600), for: "test"), step: 1, isBest: false, keep: 1)
        }
        folder.expect("runs/name: does not exist, \(expected); did you mean runs/names?", resolve("name"))
        folder.expect("runs/: this folder holds no checkpoint, \(expected); there are: runs/names, runs/news", resolve(""))
        let both = "there are: runs/names, runs/news"
        folder.expect("runs/words: does not exist, \(expected); \(both)", resolve("words"))
        folder.expect("runs: this folder holds no checkpoint, \(expected); \(both)") {
            _ = try CheckpointFolder.resolve(runs)
        }
    }

    func testAFolderWithoutCheckpointsIsRefused() throws {
        folder.expect(
            "checkpoints: this folder holds no checkpoint, expected a checkpoint (.h5) or the folder of a run"
        ) {
            _ = try CheckpointFolder.resolve(checkpoints.path)
        }
    }
}
