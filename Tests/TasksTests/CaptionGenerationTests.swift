import Configuration
import Diagnostics
import Kernels
import SequenceData
import Tasks
import TestSupport
import XCTest

/// Texts drawn about a label.
final class CaptionGenerationTests: XCTestCase {
    private let folder: TemporaryFolder? = try? TemporaryFolder()

    private func task(_ text: String = "x,abba\ny,baab\nx,aab\n", tokens: DataConfiguration.TokenKind = .characters)
        throws -> CaptionTask
    {
        var configuration = RunConfiguration()
        configuration.task = "caption"
        configuration.data = DataConfiguration()
        configuration.data.tokens = tokens
        configuration.data.validationFraction = 0
        configuration.data.train = try XCTUnwrap(folder).write("names.csv", text)
        configuration.model.input = .embedding(size: 4)
        configuration.model.layers[0].size = 5
        let task = try CaptionTask.forTraining(configuration, team: ThreadTeam(count: 1), artifacts: nil) { _ in }
        task.parameters.initialize(seed: 4)
        task.parametersChanged()
        return task
    }

    private func text(_ task: CaptionTask, _ change: (inout GenerationRequest) -> Void = { _ in }) throws -> String {
        var request = GenerationRequest(), bytes: [UInt8] = []
        request.label = "x"
        request.length = 40
        change(&request)
        try task.generate(request) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    func testASeedIsAText() throws {
        let task = try task()
        let texts = try (0..<8 as Range<UInt64>).map { seed in try text(task) { $0.seed = seed } }
        XCTAssertEqual(texts, try (0..<8 as Range<UInt64>).map { seed in try text(task) { $0.seed = seed } })
        XCTAssertGreaterThan(Set(texts).count, 4)
        XCTAssertNotEqual(try (0..<8).map { number in try text(task) { $0.number = number } }, texts)
        XCTAssertTrue(
            texts.joined().allSatisfy { "ab".contains($0) }, "neither padding nor the unknown token is written")
    }

    func testTheLabelTemperatureAndCutsSayWhatIsDrawn() throws {
        let task = try task()
        func texts(_ change: (inout GenerationRequest) -> Void) throws -> [String] {
            try (0..<8 as Range<UInt64>).map { seed in
                try text(task) {
                    $0.seed = seed
                    change(&$0)
                }
            }
        }
        let best = try texts { $0.temperature = 0 }
        XCTAssertEqual(Set(best).count, 1)
        XCTAssertEqual(try texts { $0.topK = 1 }, best)
        XCTAssertEqual(try texts { $0.topP = 1e-6 }, best)
        XCTAssertNotEqual(try texts { $0.label = "y" }, try texts { _ in })
        var request = PredictionRequest()
        request.texts = ["x"]
        request.maximumLength = 40
        XCTAssertEqual(try task.predict(request)[0].text, best[0], "greedy")
    }

    func testAPromptIsGoneOnFrom() throws {
        let task = try task()
        let plain = try (0..<8 as Range<UInt64>).map { seed in try text(task) { $0.seed = seed } }
        let after = try (0..<8 as Range<UInt64>).map { seed in
            try text(task) {
                $0.seed = seed
                $0.prompt = "bb"
            }
        }
        XCTAssertNotEqual(after, plain)
        let words = try self.task("x,a dog runs\ny,a cat\n", tokens: .words)
        let written = try text(words) {
            $0.prompt = "a dog"
            $0.length = 3
            $0.topK = 3
        }
        XCTAssertTrue(written.isEmpty || written.hasPrefix(" "), "'\(written)' follows a word")
    }

    func testWhatDoesNotFitIsRefused() throws {
        let folder = try XCTUnwrap(folder), task = try task()
        func expect(_ message: String, line: UInt = #line, _ change: (inout GenerationRequest) -> Void) {
            folder.expect(message, line: line) { _ = try text(task, change) }
        }
        expect("--label: is missing, expected one of: x, y") { $0.label = nil }
        expect("--label: label 'z' is unknown, expected one of: x, y") { $0.label = "z" }
        expect("prompt: the model does not know the characters 'c', 'd', expected characters of its training text") {
            $0.prompt = "acdc"
        }
        expect("--beam: texts about a label are drawn, expected none; use rnn-dist predict") { $0.beam = 2 }
    }
}
