import Configuration
import Foundation
import HDF5
import SequenceData
import XCTest

/// Encoded data that is kept on disk: what comes back, when it does not, and what is never believed.
final class EncodedCacheTests: XCTestCase {
    func testWhatIsReadBackIsWhatWasEncodedOfEveryTask() throws {
        for task in CacheFixture.tasks {
            var fixture = try CacheFixture(task)
            let first = try fixture.start(), second = try fixture.start()
            XCTAssertEqual(first.cache, CacheFixture.kept, task)
            XCTAssertEqual(second.cache, CacheFixture.read, task)
            fixture.configuration.data.cache = nil
            for start in [first, second] {
                var plain = try fixture.start()
                XCTAssertEqual(plain.cache, [], task)
                XCTAssertEqual(start.summary, plain.summary, task)
                plain.notices = start.notices
                XCTAssertEqual(start, plain, task)
            }
        }
    }

    /// Raise `EncodedKey.version` with these digests: files kept by an older program must not be taken for new ones.
    func testAnotherEncodingIsAnotherVersion() throws {
        XCTAssertEqual(EncodedKey.version, 1)
        let digests = try CacheFixture.tasks.map { String(try CacheFixture($0).start().data.prefix(8)) }
        XCTAssertEqual(digests, ["78d7b40f", "2cb3e027", "e665fdb5", "c9d75e38", "eb27d3eb", "26acf575"])
    }

    private func assertMiss(
        _ task: String, _ name: String, isHit: Bool = false, line: UInt = #line,
        _ change: (inout RunConfiguration, CacheFixture) throws -> Void
    ) throws {
        var fixture = try CacheFixture(task)
        fixture.configuration.data.validation = fixture.configuration.data.train
        XCTAssertEqual(try fixture.start().cache, CacheFixture.kept, line: line)
        try change(&fixture.configuration, fixture)
        XCTAssertEqual(
            try fixture.start().cache, isHit ? CacheFixture.read : CacheFixture.kept, "\(task): \(name)", line: line)
    }

    func testEverySettingThatChangesTheDataIsAMiss() throws {
        try assertMiss("classify", "max_length") { configuration, _ in configuration.data.maxLength = 4 }
        try assertMiss("classify", "size") { configuration, _ in configuration.data.vocabulary.size = 5 }
        try assertMiss("classify", "min_count") { configuration, _ in configuration.data.vocabulary.minCount = 2 }
        try assertMiss("classify", "fit_rows") { configuration, _ in configuration.data.vocabulary.fitRows = 2 }
        try assertMiss("classify", "lower_case") { configuration, _ in
            configuration.data.standardize.lowerCase = false
        }
        try assertMiss("classify", "fold_accents") { configuration, _ in
            configuration.data.standardize.foldAccents = true
        }
        try assertMiss("classify", "tokens") { configuration, _ in configuration.data.tokens = .characters }
        try assertMiss("classify", "labels") { configuration, _ in configuration.data.labels = ["z", "y", "x"] }
        try assertMiss("classify", "columns") { configuration, _ in
            configuration.data.columns.text = [.number(1), .number(2)]
        }
        try assertMiss("classify", "header") { configuration, _ in configuration.data.header = true }
        try assertMiss("classify", "share held out") { configuration, _ in
            configuration.data.validation = nil
            configuration.data.validationFraction = 0.3
        }
        try assertMiss("language_model", "bytes") { configuration, _ in configuration.data.tokens = .bytes }
        try assertMiss("language_model", "lines") { configuration, _ in configuration.data.lines = true }
        try assertMiss("tag", "merge_digits") { configuration, _ in configuration.tagging.mergeDigits = true }
        try assertMiss("translate", "merges") { configuration, _ in configuration.data.merges = 6 }
        try assertMiss("translate", "joint_vocabulary") { configuration, _ in
            configuration.data.jointVocabulary = true
        }
    }

    func testTheSeedCountsWhereItChoosesWhatIsHeldOut() throws {
        try assertMiss("classify", "seed", isHit: true) { configuration, _ in configuration.seed = 9 }
        var fixture = try CacheFixture("classify")
        let first = try fixture.start()
        fixture.configuration.seed = 9
        let second = try fixture.start()
        XCTAssertEqual(second.cache, CacheFixture.kept)
        XCTAssertNotEqual(first.data, second.data)
    }

    func testSettingsOfTrainingAndPlacesAreNoMiss() throws {
        try assertMiss("classify", "training", isHit: true) { configuration, _ in
            configuration.training.batchSize = 3
            configuration.model.layers[0].size = 3
            configuration.output = "elsewhere"
        }
        try assertMiss("classify", "another folder", isHit: true) { configuration, fixture in
            let text = try String(contentsOfFile: configuration.data.train, encoding: .utf8)
            configuration.data.train = try fixture.folder.write("moved/train.csv", text)
        }
    }

    /// A byte is changed where size and date stay.
    func testAChangedByteInAnyFileIsAMiss() throws {
        for (task, file) in [
            ("classify", "train.csv"), ("language_model", "train.txt"), ("tag", "train.in"), ("tag", "train.out"),
            ("translate", "train.en"), ("translate", "train.de"),
        ] {
            try assertMiss(task, file) { _, fixture in
                let path = "\(fixture.folder.path)/\(file)", files = FileManager.default
                let date = try files.attributesOfItem(atPath: path)[.modificationDate]
                var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                let place = try XCTUnwrap(bytes.lastIndex { $0 == UInt8(ascii: file == "train.out" ? "3" : "r") })
                bytes[place] = UInt8(ascii: "4")
                try bytes.write(to: URL(fileURLWithPath: path))
                try files.setAttributes([.modificationDate: date as Any], ofItemAtPath: path)
            }
        }
        try assertMiss("classify", "validation") { configuration, fixture in
            configuration.data.validation = try fixture.folder.write("other/train.csv", "x,red\ny,red\n")
        }
    }

    /// Labels are names of files.
    func testNamesInAFolderCount() throws {
        var fixture = try CacheFixture("classify")
        fixture.configuration.data.train = fixture.folder.path + "/classes"
        _ = try fixture.folder.write("classes/a.txt", (0..<20).map { "one \($0)\n" }.joined())
        _ = try fixture.folder.write("classes/b.txt", (0..<20).map { "two \($0)\n" }.joined())
        XCTAssertEqual(try fixture.start().cache, CacheFixture.kept)
        XCTAssertEqual(try fixture.start().cache, CacheFixture.read)
        try FileManager.default.moveItem(
            atPath: fixture.folder.path + "/classes/b.txt", toPath: fixture.folder.path + "/classes/c.txt")
        XCTAssertEqual(try fixture.start().cache, CacheFixture.kept)
    }

    func testWhatIsDamagedForeignOrTruncatedIsOneWarningAndMadeAnew() throws {
        let fixture = try CacheFixture("classify"), cache = try XCTUnwrap(fixture.configuration.data.cache)
        let right = try fixture.start()
        let path = cache + "/" + (try XCTUnwrap(try FileManager.default.contentsOfDirectory(atPath: cache).first))
        let file = URL(fileURLWithPath: path)
        let bytes = try Data(contentsOf: file)
        var flipped = bytes
        flipped[bytes.count - 100] ^= 1
        var other = fixture
        other.configuration.data.maxLength = 1
        _ = try other.start()
        let names = try FileManager.default.contentsOfDirectory(atPath: cache).filter { !path.hasSuffix($0) }
        let foreign = try Data(contentsOf: URL(fileURLWithPath: cache + "/" + XCTUnwrap(names.first)))
        let cases: [(Data, String)] = [
            (bytes.dropLast(1), "is truncated: it has \(bytes.count - 1) bytes, expected \(bytes.count)"),
            (flipped, "is damaged: the SHA-256 of its content is DIGEST, expected DIGEST"),
            (Data(), "is empty, expected encoded data"),
            (Data("rnn-dist checkpoint\n".utf8), "is not encoded data of rnn-dist: it is a file of another kind"),
            (bytes.dropFirst(512), "is not encoded data of rnn-dist: it is an HDF5 file of another program"),
            (foreign, "holds data of other files or settings than its name says"),
        ]
        for (content, message) in cases {
            try content.write(to: file)
            let again = try fixture.start()
            XCTAssertEqual(
                again.cache.map { $0.replacing(#/[0-9a-f]{64}/#, with: "DIGEST") },
                ["warning: cache/encoded/FILE.h5: \(message): the data is encoded anew"] + CacheFixture.kept)
            XCTAssertEqual(again.data, right.data)
            XCTAssertEqual(try fixture.start().cache, CacheFixture.read)
            XCTAssertEqual(try Data(contentsOf: file), bytes, "the same data are the same file")
        }
    }

    func testPartsThatDoNotGoTogetherAreRefused() throws {
        let file = try HDF5File.inMemory("kept.h5")
        try file.write([Int32(1), 2, 3], to: "text/tokens")
        try file.write([0, 2, 1, 3], to: "text/line_bounds")
        try file.write([0], to: "text/cut_lines", shape: [])
        try file.write([Int32](), to: "short/tokens")
        try file.write([Int](), to: "short/line_bounds")
        try file.write([0], to: "short/cut_lines", shape: [])
        for name in ["text", "short"] {
            XCTAssertThrowsError(try RunningText(from: file, name)) {
                XCTAssertEqual("\($0)", "kept.h5: the parts of '\(name)' do not go together")
            }
        }
    }

    func testAFolderThatCannotBeWrittenIsOneWarning() throws {
        var fixture = try CacheFixture("classify")
        fixture.configuration.data.cache = fixture.configuration.data.train
        XCTAssertEqual(
            try fixture.start().cache,
            ["warning: encoded data is not kept: train.csv/FILE.h5: cannot be written: Not a directory"])
    }

    func testAProcessThatKeepsNothingReadsWhatIsThere() throws {
        let fixture = try CacheFixture("classify")
        XCTAssertEqual(try fixture.start(keepsData: false).cache, [])
        XCTAssertFalse(FileManager.default.fileExists(atPath: try XCTUnwrap(fixture.configuration.data.cache)))
        _ = try fixture.start()
        XCTAssertEqual(try fixture.start(keepsData: false).cache, CacheFixture.read)
    }

    func testDataThatIsMadeUpIsNotKept() throws {
        var fixture = try CacheFixture("classify")
        fixture.configuration = RunConfiguration()
        fixture.configuration.data.cache = fixture.folder.path + "/cache/encoded"
        XCTAssertEqual(
            try fixture.start().notices.first,
            "builtin:surnames is made anew at every start: data.cache is not needed")
    }
}
