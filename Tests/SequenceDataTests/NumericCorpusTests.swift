import Configuration
import SequenceData
import TestSupport
import XCTest

final class NumericCorpusTests: XCTestCase {
    private func values(_ path: String) -> DataConfiguration {
        var data = DataConfiguration()
        data.train = path
        data.tokens = .values
        return data
    }

    private func long(_ path: String) -> DataConfiguration {
        var data = values(path)
        data.columns.sequence = .name("id")
        data.columns.label = .name("kind")
        data.columns.values = [.name("x"), .name("y")]
        return data
    }

    func testLinesHoldALabelThenValuesWithAnySeparator() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("train", "  2.0000000e+000  1.5 -2e-1 \r\n\n-1\t3\t4\t5.25\n2,6, 7\n")
        let data = try CorpusReader(values(path)).readTraining()
        XCTAssertEqual(data.labels.names, ["-1", "2"])
        XCTAssertEqual(data.training.labels, [1, 0, 1])
        XCTAssertEqual(data.training.features, [1.5, -0.2, 3, 4, 5.25, 6, 7])
        XCTAssertEqual(data.training.offsets, [0, 2, 5, 7])
        XCTAssertEqual(data.training.featureWidth, 1)
        XCTAssertEqual(data.training.statistics.blankLines, 1)
        XCTAssertNil(data.vocabulary)
    }

    func testWhatIsNoFiniteNumberIsNamedWithLineAndColumn() throws {
        let folder = try TemporaryFolder()
        let hint = "missing values must be filled in, or cut off where they end a line: lengths may differ"
        for (field, found) in [
            ("NaN", "holds 'NaN'"), ("inf", "holds 'inf'"), ("1e99", "holds '1e99'"), ("x", "holds 'x'"),
            ("0x1p3", "holds '0x1p3'"), ("1.5.2", "holds '1.5.2'"), ("", "is empty"),
        ] {
            let path = try folder.write("train.csv", "1,2,3\n2,4,\(field),5\n")
            folder.expect("train.csv:2: column 3 \(found), expected a finite number; \(hint)") {
                _ = try CorpusReader(values(path)).readTraining()
            }
        }
        let path = try folder.write("train", "1 2\n3\n")
        folder.expect("train:2: line holds a label and no values, expected the label, then at least one value") {
            _ = try CorpusReader(values(path)).readTraining()
        }
    }

    func testNumericInputIsCutReadWithoutLabelsAndSplit() throws {
        let folder = try TemporaryFolder()
        var data = values(try folder.write("train", "1 2 3 4\n2 5\n1 6 7\n"))
        data.maxLength = 2
        let read = try CorpusReader(data).readTraining { $0 == 0 }
        XCTAssertEqual(read.training.features, [5, 6, 7])
        XCTAssertEqual(read.heldOut?.features, [2, 3])
        XCTAssertEqual(read.training.statistics.cutSequences, 1)
        let unlabelled = try CorpusReader(data).readUnlabelled(data.train, vocabulary: nil)
        XCTAssertEqual(unlabelled.corpus.features, [1, 2, 2, 5, 1, 6])
        XCTAssertEqual(unlabelled.names, [])
        XCTAssertEqual(try CorpusReader(data).encode(["8 9 10", "11"], vocabulary: nil).features, [8, 9, 11])
        let other = try folder.write("test", "1 2\n3.0 4\n")
        folder.expect("test:2: label '3' is unknown, expected one of: 1, 2") {
            _ = try CorpusReader(data).read(other, vocabulary: nil, labels: read.labels)
        }
    }

    func testRowsOfALongTableAreTimeSteps() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("train.csv", "kind,y,x,id\nup,1,2,a\nup,3,4,a\ndown, 5 ,6,b\n")
        let data = try CorpusReader(long(path)).readTraining()
        XCTAssertEqual(data.training.features, [2, 1, 4, 3, 6, 5])
        XCTAssertEqual(data.training.featureWidth, 2)
        XCTAssertEqual(data.training.offsets, [0, 2, 3])
        XCTAssertEqual(data.training.labels, [1, 0])
        XCTAssertEqual(data.training.range(of: 1), 2..<3)
        XCTAssertEqual(try CorpusReader(long(path)).readUnlabelled(path, vocabulary: nil).names, ["a", "b"])
    }

    func testRowsOfASequenceStandTogetherAndAgreeOnTheLabel() throws {
        let folder = try TemporaryFolder()
        let apart = try folder.write("apart.csv", "id,kind,x,y\na,u,1,1\na,u,1,1\nb,d,1,1\na,u,1,1\n")
        folder.expect(
            "apart.csv:5: sequence 'a' goes on after it ended in line 3, expected all its rows together; sort the rows by sequence"
        ) { _ = try CorpusReader(long(apart)).readTraining() }
        let label = try folder.write("label.csv", "id,kind,x,y\na,u,1,1\na,d,1,1\n")
        folder.expect("label.csv:3: label 'd' of sequence 'a', expected 'u' as in line 2") {
            _ = try CorpusReader(long(label)).readTraining()
        }
        let number = try folder.write("nan.csv", "id,kind,x,y\na,u,1,nan\n")
        folder.expect("nan.csv:2: column 4 holds 'nan', expected a finite number") {
            _ = try CorpusReader(long(number)).readTraining()
        }
        var data = long(number)
        data.format = .long
        data.columns.values = []
        folder.expect("data.columns.values: no column is listed, expected the columns with a time step's features") {
            _ = try CorpusReader(data).readTraining()
        }
    }

    func testTextFormatsAndNumericTokensDoNotMix() throws {
        let folder = try TemporaryFolder()
        var data = values(try folder.write("train.csv", "1,2\n"))
        data.format = .csv
        folder.expect(
            "data.tokens: train.csv holds texts (csv), but data.tokens is values, expected words or characters; "
                + "set data.tokens or data.format"
        ) { _ = try CorpusReader(data).readTraining() }
    }
}
