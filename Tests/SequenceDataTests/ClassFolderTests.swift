import Configuration
import SequenceData
import TestSupport
import XCTest

final class ClassFolderTests: XCTestCase {
    private func characters(_ path: String) -> DataConfiguration {
        var data = DataConfiguration()
        data.train = path
        return data
    }

    func testAFileIsAClassAndALineIsAnExample() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("Zulu.names.txt", "ab\n\n \nc\r\n")
        _ = try folder.write("Arabic.txt.gz", Gzip.member("b\n"))
        _ = try folder.write("École", "d")
        _ = try folder.write(".hidden", "x\n")
        let data = try CorpusReader(characters(folder.path)).readTraining()
        XCTAssertEqual(data.labels.names, ["Arabic", "Zulu.names", "École"])
        XCTAssertEqual(data.training.labels, [0, 1, 1, 2])
        XCTAssertEqual(data.training.offsets, [0, 1, 3, 4, 5])
        XCTAssertEqual(data.training.statistics.blankLines, 2)
        XCTAssertEqual(data.vocabulary?.strings, ["", "[UNK]", "b", "a", "c", "d"])
    }

    func testAFolderIsAClassAndAFileIsAnExample() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("pos/2.txt", "\u{FEFF}two\nlines")
        _ = try folder.write("pos/10.txt.gz", Gzip.member("ten"))
        _ = try folder.write("neg/1.txt", "")
        _ = try folder.write("neg/.hidden", "x")
        var data = characters(folder.path)
        data.tokens = .words
        let read = try CorpusReader(data).readTraining()
        XCTAssertEqual(read.labels.names, ["neg", "pos"])
        XCTAssertEqual(read.vocabulary?.strings, ["", "[UNK]", "lines", "ten", "two"])
        XCTAssertEqual(read.training.tokens, [1, 3, 4, 2])
        XCTAssertEqual(read.training.labels, [0, 1, 1])
    }

    func testFoldersThatHoldSomethingElseAreNamed() throws {
        let folder = try TemporaryFolder()
        var data = characters(folder.path)
        folder.expect(".: folder holds no files, expected one file per class") {
            _ = try CorpusReader(data).readTraining()
        }
        data.format = .classFolders
        folder.expect(".: folder holds no folders, expected one folder per class") {
            _ = try CorpusReader(data).readTraining()
        }
        data.format = .automatic
        _ = try folder.write("a.txt", "x\n")
        _ = try folder.write("b/1.txt", "x\n")
        folder.expect(
            ".: folder holds both files and folders, expected one file per class, or one folder per class; "
                + "set data.format to class_files or class_folders"
        ) { _ = try CorpusReader(data).readTraining() }
        data.format = .classFiles
        folder.expect(
            "b: is a folder, expected one file per class; name the folder that holds the files, or set data.format to "
                + "class_folders for one folder per class"
        ) {
            _ = try CorpusReader(data).readTraining()
        }
        data.train = folder.path + "/none"
        folder.expect("none: folder does not exist; relative paths start at the folder the program runs in") { _ = try CorpusReader(data).readTraining() }
        data.train = folder.path + "/a.txt"
        folder.expect("a.txt: is a file, expected a folder; data.format says what is read") { _ = try CorpusReader(data).readTraining() }
    }

    func testTablesInAFolderAreNotTakenForClasses() throws {
        let folder = try TemporaryFolder()
        var data = characters(folder.path)
        _ = try folder.write("test.csv.gz", Gzip.member("a,x\n"))
        _ = try folder.write("train.csv", "a,x\nb,y\n")
        folder.expect(
            ".: is a folder of tables, like 'test.csv.gz', expected a file, or a folder of texts with one file per class; "
                + "name one of its files, or set data.format to class_files if each is a class"
        ) { _ = try CorpusReader(data).readTraining() }
        data.format = .classFiles
        XCTAssertEqual(try CorpusReader(data).readTraining().labels.names, ["test", "train"])
        data.format = .automatic
        data.tokens = .values
        folder.expect(".: is a folder of tables, like 'test.csv.gz', expected a file; name one of its files") {
            _ = try CorpusReader(data).readTraining()
        }
    }

    func testAnEmptyFileAmongTheClassesIsNamed() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("a.txt", "x\n")
        _ = try folder.write("b.txt", "")
        folder.expect("b.txt: file is empty") { _ = try CorpusReader(characters(folder.path)).readTraining() }
    }

    func testTwoFilesOfOneClassAreNamed() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("a.txt", "x\n")
        _ = try folder.write("a.txt.gz", "x\n")
        folder.expect(".: files 'a.txt' and 'a.txt.gz' are both of class 'a', expected one file per class") {
            _ = try CorpusReader(characters(folder.path)).readTraining()
        }
    }

    func testBytesThatAreNotUTF8AreNamedInAFileOfManyLines() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("a/1.txt", Array("x\ny\n".utf8) + [0xC3])
        folder.expect("a/1.txt:3: byte 0xC3 is not UTF-8; convert the file, for example with iconv -f latin1 -t utf8") {
            _ = try CorpusReader(characters(folder.path)).readTraining()
        }
    }

    func testEmbeddedSectionsHoldTextsPerLineOrSeparatedByCommas() throws {
        let text = "# Czech\nDvořák, Novák\nČerný\r\n\n#  Old Norse \n Egill ,,\n"
        let sections = LabelledSections(name: "builtin:sample", bytes: Array(text.utf8))
        var found: [String] = []
        let blankLines = try sections.forEach { label, text, place in
            found.append("\(place) \(label.text)/\(text.text)")
        }
        XCTAssertEqual(
            found,
            [
                "builtin:sample:2 Czech/Dvořák", "builtin:sample:2 Czech/Novák", "builtin:sample:3 Czech/Černý",
                "builtin:sample:6 Old Norse/Egill",
            ])
        XCTAssertEqual(blankLines, 0)
    }
}
