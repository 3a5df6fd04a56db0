import Configuration
import Diagnostics
import HDF5
import Kernels
import SequenceData
import Tasks
import TestSupport
import XCTest

/// Numeric sequences out of HDF5 files are the data that text files with the same numbers are.
final class DatasetSequencesTests: XCTestCase {
    override func setUpWithError() throws { ForeignFile.command = [try MPIRun.builtProduct("rnn-dist"), "read-hdf5"] }

    private let values: [Float] = [1, 0.5, 0, 0.25, -1, 2, 3, 4, 5, 6, 7, 8]

    private func configuration(_ task: String, _ train: String) -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.task = task
        configuration.data = DataConfiguration()
        configuration.data.tokens = .values
        configuration.data.validationFraction = 0
        configuration.data.train = train
        configuration.model.input = .features
        configuration.model.layers[0].size = 3
        return configuration
    }

    private func examples(_ configuration: RunConfiguration) throws -> [UInt8] {
        let task = try TaskRegistry.task(configuration).forTraining(
            configuration, team: ThreadTeam(count: 1), artifacts: nil
        ) { _ in }
        var bytes: [UInt8] = []
        task.withFingerprintBytes(ofValidation: false) { bytes += $0 }
        return bytes
    }

    func testRaggedRowsAndATableAreTheSameSequences() throws {
        let folder = try TemporaryFolder()
        let lengths = [1, 3, 2], labels = ["b", "a", "b"]
        var rows = "", step = 0
        for (sequence, length) in lengths.enumerated() {
            for _ in 0..<length {
                rows += "s\(sequence),\(labels[sequence]),\(values[2 * step]),\(values[2 * step + 1])\n"
                step += 1
            }
        }
        var table = configuration("classify", try folder.write("long.csv", rows))
        table.data.columns.sequence = .number(1)
        table.data.columns.label = .number(2)
        table.data.columns.values = [.number(3), .number(4)]
        let path = try folder.write("ragged.h5") {
            try $0.write(values, to: "x/steps", shape: [6, 2])
            try $0.write([0, 1, 4, 6] as [Int64], to: "begins")
            try $0.write(labels, to: "labels")
        }
        var ragged = configuration("classify", path)
        ragged.data.datasets.features = "x/steps"
        ragged.data.datasets.offsets = "begins"
        XCTAssertEqual(try examples(ragged), try examples(table))
    }

    func testNumbersAreLabelsOrWhatIsToBeSaid() throws {
        let folder = try TemporaryFolder()
        let lines = try folder.write("u.txt", "0 1 0.5 0\n1 0.25 -1 2\n0 3 4 5\n2 6 7 8\n")
        for labels in [0, 1] {
            let path = try folder.write("\(labels).h5") {
                try $0.write(values, to: "features", shape: labels == 0 ? [4, 3] : [4, 3, 1])
                if labels == 0 {
                    try $0.write([0, 1, 0, 2] as [Int64], to: "labels")
                } else {
                    try $0.write([0, 1, 0, 2] as [Double], to: "labels")
                }
            }
            for task in ["classify", "forecast"] {
                var text = configuration(task, lines)
                text.data.format = .ucr
                XCTAssertEqual(try examples(configuration(task, path)), try examples(text), "\(task) \(labels)")
            }
        }
    }

    func testPredictionsNeedNoLabels() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("all.h5") {
            try $0.write(values, to: "features", shape: [2, 3, 2])
            try $0.write(["a", "b"], to: "labels")
        }
        let bare = try folder.write("bare.h5") { try $0.write(values, to: "features", shape: [3, 2, 2]) }
        let configuration = configuration("classify", path)
        let task = try ClassificationTask.forTraining(
            configuration, team: ThreadTeam(count: 1), artifacts: nil
        ) { _ in }
        task.parameters.initialize(seed: 1)
        task.parametersChanged()
        var request = PredictionRequest()
        request.file = bare
        XCTAssertEqual(
            try task.predict(request).map(\.subject), ["sequence 1", "sequence 2", "sequence 3"])
    }

    func testDatasetsThatDoNotFitAreRefused() throws {
        let folder = try TemporaryFolder()
        func message(
            _ features: [Float], _ shape: [Int], offsets: [Int64]? = nil, labels: [String] = ["a", "b"]
        ) throws -> String {
            let path = try folder.write("f.h5") {
                try $0.write(features, to: "features", shape: shape)
                if let offsets { try $0.write(offsets, to: "offsets") }
                try $0.write(labels, to: "labels")
            }
            var configuration = configuration("classify", path)
            if offsets != nil { configuration.data.datasets.offsets = "offsets" }
            do {
                return "\(try examples(configuration).count)"
            } catch { return "\(error)".replacingOccurrences(of: folder.path + "/", with: "") }
        }
        XCTAssertEqual(
            try message(values, [12]),
            "f.h5: dataset 'features' has shape [12], expected [sequences, time steps] or [sequences, time steps, "
                + "numbers]; data.datasets.offsets names where sequences of several lengths begin")
        XCTAssertEqual(
            try message(values, [2, 3, 2], offsets: [0, 12]),
            "f.h5: dataset 'features' has shape [2, 3, 2], expected [time steps] or [time steps, numbers], since "
                + "data.datasets.offsets is 'offsets'")
        let wrong: [([Int64], String)] = [([0, 7], "goes from 0 to 7"), ([1, 6], "goes from 1 to 6"), ([], "is empty")]
        for (offsets, found) in wrong {
            XCTAssertEqual(
                try message(values, [6, 2], offsets: offsets),
                "f.h5: dataset 'offsets' \(found), expected 0 to 6, the time steps of dataset 'features'")
        }
        XCTAssertEqual(
            try message(values, [6, 2], offsets: [0, 5, 5, 6]),
            "f.h5: sequence 1, from 5 to 5 in dataset 'offsets', has no time step, expected growing offsets")
        XCTAssertEqual(
            try message(values, [6, 2], offsets: [0, .max, -9, 6]),
            "f.h5: sequence 1, from \(Int64.max) to -9 in dataset 'offsets', has no time step, expected growing "
                + "offsets")
        XCTAssertEqual(
            try message(values, [3, 4]),
            "f.h5: dataset 'labels' holds 2 labels, expected one for each of the 3 sequences")
        XCTAssertEqual(
            try message([1, .nan, 2, 3], [2, 2]),
            "f.h5: dataset 'features' holds nan in time step 1, expected finite numbers that fit 32 bits; missing "
                + "values must be filled in")
        XCTAssertEqual(
            try message([1, 2], [2, 1], labels: ["a", ""]), "f.h5: sequence 1: label is empty")
    }
}
