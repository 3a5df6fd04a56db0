import Configuration
import Diagnostics
import HDF5
import Kernels
import SequenceData
import Tasks
import TestSupport
import XCTest

/// Captions of numbers, and captions themselves, out of HDF5 files.
final class CaptionDatasetTests: XCTestCase {
    override func setUpWithError() throws { ForeignFile.command = [try MPIRun.builtProduct("rnn-dist"), "read-hdf5"] }

    private let texts = ["a red dot", "a green dot", "a red square"]

    private func configuration(train: String, features: String? = nil) -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.task = "caption"
        configuration.data = DataConfiguration()
        configuration.data.tokens = .words
        configuration.data.validationFraction = 0
        configuration.data.train = train
        configuration.data.features = features
        configuration.data.datasets.features = "images"
        configuration.data.datasets.texts = "captions"
        configuration.model.input = .embedding(size: 4)
        configuration.model.layers[0].size = 5
        return configuration
    }

    private func task(_ configuration: RunConfiguration, notice: (String) -> Void = { _ in }) throws -> CaptionTask {
        let task = try CaptionTask.forTraining(
            configuration, team: ThreadTeam(count: 1), artifacts: nil, notice: notice)
        task.parameters.initialize(seed: 4)
        task.parametersChanged()
        return task
    }

    /// The bytes that tell training examples from others.
    private func examples(_ task: CaptionTask) -> [UInt8] {
        var bytes: [UInt8] = []
        task.withFingerprintBytes(ofValidation: false) { bytes += $0 }
        return bytes
    }

    func testATableAndADatasetOfTheSameNumbersAreTheSameData() throws {
        let folder = try TemporaryFolder()
        let lines = try folder.write("captions.txt", texts.joined(separator: "\n") + "\n")
        let expected = examples(
            try task(configuration(train: lines, features: try folder.write("f.csv", "1,0.5\n0,0.5\n1,-0.25\n"))))
        let values: [Double] = [1, 0.5, 0, 0.5, 1, -0.25]
        let beside = try folder.write("f.h5") {
            try $0.write(values.map(Float.init), to: "images", shape: [3, 2])
        }
        XCTAssertEqual(examples(try task(configuration(train: lines, features: beside))), expected)
        let both = try folder.write("both.hdf5") {
            try $0.write(values, to: "images", shape: [3, 2])
            try $0.write(texts, to: "captions")
        }
        XCTAssertEqual(examples(try task(configuration(train: both))), expected)
    }

    func testSeveralTextsOfARowAreHeldOutTogether() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<60).map { Int64($0 % 20) }
        let path = try folder.write("f.h5") {
            try $0.write((0..<40).map(Float.init), to: "images", shape: [20, 2])
            try $0.write(rows.map { "picture \($0)" }, to: "captions")
            try $0.write(rows, to: "rows")
        }
        var configuration = configuration(train: path)
        configuration.data.datasets.rows = "rows"
        configuration.data.validationFraction = 0.3
        var notices: [String] = []
        _ = try task(configuration) { notices.append($0) }
        let counts = try notices.prefix(2).map { line in try XCTUnwrap(Int(line.split(separator: " ")[1])) }
        XCTAssertEqual(counts.reduce(0, +), 60)
        XCTAssertEqual(counts.map { $0 % 3 }, [0, 0])
        XCTAssertGreaterThan(counts[1], 0)
        // Texts 0 and 20 belong to the first row, text 1 does not.
        configuration.data.validationFraction = 0
        let floats = examples(try task(configuration)).suffix(60 * 2 * 4)
        XCTAssertEqual(floats.prefix(8), floats.dropFirst(20 * 8).prefix(8))
        XCTAssertNotEqual(floats.prefix(8), floats.dropFirst(8).prefix(8))
    }

    func testPredictDescribesTheRowsOfADataset() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("f.h5") {
            try $0.write([Float](repeating: 0.5, count: 6), to: "images", shape: [3, 2])
            try $0.write(texts, to: "captions")
        }
        var request = PredictionRequest()
        request.file = path
        XCTAssertEqual(
            try task(configuration(train: path)).predict(request).map(\.subject), ["row 1", "row 2", "row 3"])
    }

    func testDatasetsThatDoNotFitAreRefused() throws {
        let folder = try TemporaryFolder()
        let values: [Float] = [1, 2, 3, 4, 5, 6]
        func expect(_ message: String, line: UInt = #line, rows: String? = nil, _ fill: (HDF5File) throws -> Void)
            throws
        {
            let path = try folder.write("f.h5", fill)
            folder.expect(message, line: line) {
                var configuration = configuration(train: path)
                configuration.data.datasets.rows = rows
                _ = try task(configuration)
            }
        }
        try expect("f.h5: dataset 'captions' is missing, expected one of: images, texts") {
            try $0.write(values, to: "images", shape: [3, 2])
            try $0.write(texts, to: "texts")
        }
        try expect("f.h5: dataset 'images' is missing, expected one of: captions") {
            try $0.write(texts, to: "captions")
        }
        func withTexts(_ fill: @escaping (HDF5File) throws -> Void) -> (HDF5File) throws -> Void {
            { file in
                try file.write(self.texts, to: "captions")
                try fill(file)
            }
        }
        try expect(
            "f.h5: dataset 'images' has shape [3, 1, 2], expected [rows, numbers]",
            withTexts {
                try $0.write(values, to: "images", shape: [3, 1, 2])
            })
        try expect(
            "f.h5: has 2 rows of numbers, expected 3, one for each text in dataset 'captions' of f.h5",
            withTexts {
                try $0.write(values, to: "images", shape: [2, 3])
            })
        try expect(
            "f.h5: dataset 'images' holds nan at [1, 1], expected finite numbers that fit 32 bits",
            withTexts {
                try $0.write([1, 2, 3, .nan, 5, 6] as [Float], to: "images", shape: [3, 2])
            })
        try expect(
            "f.h5: dataset 'images' holds texts, expected numbers", withTexts { try $0.write(["x"], to: "images") })
        try expect(
            "f.h5: no row of numbers was found, expected at least one",
            withTexts {
                try $0.write([Float](), to: "images", shape: [0, 3])
            })
        try expect("f.h5: dataset 'captions' has an empty text at [1], expected texts") {
            try $0.write(["a", " "], to: "captions")
            try $0.write(values, to: "images", shape: [2, 3])
        }
        func withRows(_ rows: [Int64]) -> (HDF5File) throws -> Void {
            withTexts {
                try $0.write(values, to: "images", shape: [2, 3])
                try $0.write(rows, to: "rows")
            }
        }
        try expect(
            "f.h5: dataset 'rows' holds 2 at [1], expected 0 to 1, the rows of dataset 'images'", rows: "rows",
            withRows([0, 2, 1]))
        try expect(
            "f.h5: has 2 numbers in dataset 'rows', expected 3, one for each text in dataset 'captions' of f.h5",
            rows: "rows", withRows([0, 1]))
        try expect(
            "f.h5: dataset 'images' has shape [2, 3], expected [texts]", rows: "images",
            withTexts {
                try $0.write([0, 1, 1, 0, 0, 1] as [Int64], to: "images", shape: [2, 3])
            })
    }

    func testRowsOfAnotherWidthThanInTrainingAreRefused() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("f.h5") {
            try $0.write([1, 2, 3, 4, 5, 6] as [Float], to: "images", shape: [3, 2])
            try $0.write(texts, to: "captions")
        }
        let task = try self.task(configuration(train: path))
        var request = PredictionRequest()
        request.file = try folder.write("new.h5") {
            try $0.write([1, 2, 3] as [Int32], to: "images", shape: [1, 3])
        }
        folder.expect("new.h5: dataset 'images' has rows of 3 numbers, expected 2 as in training") {
            _ = try task.predict(request)
        }
    }
}
