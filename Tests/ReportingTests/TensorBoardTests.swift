import Configuration
import Diagnostics
import Foundation
import RecurrentNetworks
import Reporting
import SwiftProtobuf
import Tasks
import Training
import XCTest

/// What event files hold, read back byte by byte.
final class TensorBoardTests: XCTestCase {
    private var folder = ""

    override func setUpWithError() throws {
        folder = NSTemporaryDirectory() + "tensorboard-" + UUID().uuidString
    }

    override func tearDownWithError() throws { try? FileManager.default.removeItem(atPath: folder) }

    private func log(afterStep step: Int = 0, histograms: Int? = nil) throws -> TensorBoardLog {
        var configuration = RunConfiguration()
        configuration.reporting.tensorboard = true
        configuration.reporting.histogramsEveryEpochs = histograms
        return try TensorBoardLog(folder: folder, host: "node7", configuration, afterStep: step)
    }

    private func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    /// The events of a file whose checksums hold; fails where one does not.
    private func events(_ name: String) throws -> [Tensorboard_Event] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
        var events: [Tensorboard_Event] = [], place = 0
        while place < bytes.count {
            let length = bytes[place..<place + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            let event = Array(bytes[place + 12..<place + 12 + length])
            XCTAssertEqual(Array(bytes[place..<place + 16 + length]), EventRecord.framed(event))
            events.append(try Tensorboard_Event(serializedBytes: event))
            place += 16 + length
        }
        return events
    }

    private func values(_ name: String) throws -> [(step: Int64, value: Tensorboard_Summary.Value)] {
        try events(name).flatMap { event in event.summary.value.map { (event.step, $0) } }
    }

    func testChecksumsAreThoseOfTheStandard() {
        // RFC 3720, B.4.
        XCTAssertEqual(EventRecord.crc32c([UInt8](repeating: 0, count: 32)), 0x8A91_36AA)
        XCTAssertEqual(EventRecord.crc32c([UInt8](repeating: 0xFF, count: 32)), 0x62A8_AB43)
        XCTAssertEqual(EventRecord.crc32c(Array(0..<32)), 0x46DD_794E)
        XCTAssertEqual(EventRecord.crc32c(Array("123456789".utf8)), 0xE306_9283)
    }

    func testARecordIsTheOneThatTensorBoardsOwnWriterMakes() {
        // tensorboard 2.21: RecordWriter(file).write(b"\x10\x05")
        XCTAssertEqual(
            EventRecord.framed([0x10, 0x05]).map { String($0, radix: 16) },
            ["2", "0", "0", "0", "0", "0", "0", "0", "78", "27", "b", "34", "10", "5", "83", "e1", "22", "c7"])
    }

    func testNumbersOfALineAreScalarsOfItsStep() throws {
        let log = try log()
        try log.add(["event": "start", "step": 0, "ranks": 4])
        try log.add([
            "event": "step", "epoch": 1, "step": 50, "loss_nats": .number(0.1), "tokens_per_second": .number(.nan),
            "steps_left_out": 0,
        ])
        try log.add(["event": "validation", "epoch": 1, "step": 60, "accuracy": .number(0.5), "seconds": .number(2)])
        try log.add([
            "event": "epoch", "epoch": 1, "step": 60, "training_accuracy": .number(0.25),
            "validation_accuracy": .number(0.5), "tokens": 7, "slowest_rank": .null, "note": "x",
        ])
        try log.close()
        let scalars = try values(files()[0]).filter { $0.value.metadata.pluginData.pluginName == "scalars" }
        XCTAssertEqual(
            scalars.map { "\($0.step) \($0.value.tag) \($0.value.simpleValue)" },
            [
                "50 step/loss_nats 0.1", "50 step/steps_left_out 0.0", "60 validation/accuracy 0.5",
                "60 validation/seconds 2.0", "60 training/accuracy 0.25", "60 epoch/tokens 7.0",
            ])
    }

    func testALaterStartTakesBackWhatItMakesAgain() throws {
        try log().close()
        try log(afterStep: 40).close()
        let names = try files()
        XCTAssertEqual(names.count, 2, "even within one second")
        XCTAssertTrue(names.allSatisfy { $0.hasPrefix("events.out.tfevents.") && $0.hasSuffix(".node7") })
        for (name, first) in zip(names, [Int64(0), 41]) {
            let events = try events(name)
            XCTAssertEqual(events.map(\.step), [first, first, first])
            XCTAssertEqual(events[0].fileVersion, "brain.Event:2")
            XCTAssertEqual(events[1].sessionLog.status, .start)
            XCTAssertEqual(events[0].wallTime, Date().timeIntervalSince1970, accuracy: 60)
        }
    }

    func testALaterStartComesLaterWhateverTheClockSays() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        for name in ["events.out.tfevents.9999999998.node", "notes.txt"] {
            try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        try log().close()
        XCTAssertEqual(try files()[1].prefix(30), "events.out.tfevents.9999999999")
    }

    func testTheConfigurationIsText() throws {
        try log().close()
        let text = try XCTUnwrap(values(files()[0]).first { $0.value.tag == "configuration" }?.value)
        XCTAssertEqual(text.metadata.pluginData.pluginName, "text")
        XCTAssertEqual(text.tensor.dtype, .dtString)
        let lines = String(decoding: text.tensor.stringVal[0], as: UTF8.self).split(separator: "\n")
        XCTAssertTrue(lines.contains("    task: classify"))
        XCTAssertTrue(lines.allSatisfy { $0.hasPrefix("    ") })
    }

    func testTheConfusionMatrixIsAPictureWithALegend() throws {
        let log = try log()
        try log.add(ConfusionMatrix(labels: ["a*b", "<i>"], counts: [[3, 1], [0, 0]]), step: 9)
        try log.add(ConfusionMatrix(labels: ["a*b", "<i>"], counts: [[4, 0], [0, 0]]), step: 18)
        // As wide as 2,001 classes would be, it is left out.
        let many = [Int](repeating: 0, count: 2001)
        try log.add(
            ConfusionMatrix(labels: many.map { "\($0)" }, counts: [[Int]](repeating: many, count: 2001)), step: 9)
        try log.close()
        let pictures = try values(files()[0]).filter { $0.value.metadata.pluginData.pluginName == "images" }
        XCTAssertEqual(pictures.map(\.step), [9, 18])
        let value = try XCTUnwrap(pictures.first?.value)
        XCTAssertEqual(value.tag, "validation/confusion")
        XCTAssertEqual([value.image.width, value.image.height, value.image.colorspace], [65, 65, 3])
        let legend = try values(files()[0]).filter { $0.value.tag == "validation/confusion_classes" }
        XCTAssertEqual(
            legend.map { String(decoding: $0.value.tensor.stringVal[0], as: UTF8.self) },
            [
                """
                    Rows are true classes, columns predicted ones, in this order;
                    the darker, the larger the share of the true class.
                \u{20}\u{20}\u{20}\u{20}
                    1 a*b
                    2 <i>\n
                """
            ], "once")
    }

    func testAPictureIsPNG() {
        // Two pixels beside each other, red and blue, as Python's struct and zlib.compress(..., 9) write them.
        XCTAssertEqual(
            PNGImage.encoded(width: 2, height: 1, [255, 0, 0, 0, 0, 255]).map { String($0, radix: 16) }
                .joined(separator: " "),
            "89 50 4e 47 d a 1a a 0 0 0 d 49 48 44 52 0 0 0 2 0 0 0 1 8 2 0 0 0 7b 40 e8 dd 0 "
                + "0 0 d 49 44 41 54 78 da 63 f8 cf 0 4 ff 1 7 0 1 ff 3d 7d 8c 49 0 0 0 0 49 45 4e 44 ae 42 "
                + "60 82")
    }

    func testWeightsAreHistograms() throws {
        var layout = ParameterLayout()
        let parameter = layout.add("layer/bias", shape: [65], .given((0...64).map { Float($0) - 32 }))
        _ = layout.add("layer/still", shape: [3], .constant(2))
        _ = layout.add("layer/broken", shape: [2], .given([1, .nan]))
        XCTAssertEqual(parameter.count, 65)
        let parameters = Parameters<Float>(layout)
        parameters.initialize(seed: 0)
        let log = try log(histograms: 1)
        try log.add(ParameterValues(parameters), as: "weights", step: 7)
        try log.close()
        let found = try values(files()[0]).filter { $0.value.metadata.pluginData.pluginName == "histograms" }
        XCTAssertEqual(found.map(\.value.tag), ["weights/layer/bias", "weights/layer/still"])
        let wide = found[0].value.histo
        XCTAssertEqual([wide.min, wide.max, wide.num, wide.sum, wide.sumSquares], [-32, 32, 65, 0, 22880])
        XCTAssertEqual(wide.bucketLimit, (1...64).map { Double($0) - 32 })
        XCTAssertEqual(wide.bucket, [Double](repeating: 1, count: 63) + [2])
        let still = found[1].value.histo
        XCTAssertEqual([still.min, still.max] + still.bucketLimit + still.bucket, [2, 2, 2, 3])
    }

    func testAFileInPlaceOfTheFolderIsSaid() throws {
        try Data().write(to: URL(fileURLWithPath: folder))
        XCTAssertThrowsError(try log()) {
            XCTAssertEqual("\($0)", "\(self.folder): cannot be written: Not a directory")
        }
    }
}
