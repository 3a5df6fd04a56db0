import Configuration
import Diagnostics
import Kernels
import RecurrentNetworks
import SequenceData
import Tasks
import TestSupport
import XCTest

/// Texts become windows and lines; a model writes what a seed says.
final class LanguageModelTests: XCTestCase {
    private let team = ThreadTeam(count: 1)
    private let folder = try? TemporaryFolder()

    private func configuration(_ text: String, lines: Bool = false, tokens: DataConfiguration.TokenKind = .characters)
        throws -> RunConfiguration
    {
        let path = try XCTUnwrap(folder).write("text.txt", text)
        let yaml = """
            task: language_model
            data: {train: \(path), tokens: \(tokens.rawValue), validation_fraction: 0, lines: \(lines)}
            model: {input: {embedding: 5}, layers: [{cell: lstm, size: 7}, {cell: gru, size: 6}]}
            training: {batch_size: 3, shards: 4, truncation: 4}
            """
        return try RunConfiguration.read(yaml: Array(yaml.utf8), name: "text.yaml")
    }

    private func task(_ configuration: RunConfiguration) throws -> LanguageModelTask {
        let task = try LanguageModelTask.forTraining(configuration, team: team, artifacts: nil) { _ in }
        task.parameters.initialize(seed: 1)
        task.parametersChanged()
        return task
    }

    private func text(_ task: LanguageModelTask, _ tokens: [Int32]) -> String {
        tokens.map { task.vocabulary.string(of: Int($0)) }.joined()
    }

    func testEveryWindowContinuesItsStreamsAndEveryTargetIsTheNextToken() throws {
        let task = try task(configuration("abcdefghijklmnopqrstuvwxyz0123"))  // 30 letters and a line end: streams of 10
        let plan = task.trainingPlan(epoch: 0)
        XCTAssertEqual(plan.windows, [0..<4, 4..<8, 8..<10])
        var read = ["", "", ""], predicted = ["", "", ""]
        for step in 0..<plan.stepCount {
            let batch = task.trainingBatch(plan, step: step, shards: 0..<4, subtrees: [0..<4])
            let tokens = try XCTUnwrap(batch.input.tokens)
            for t in 0..<plan.windows[step].count {
                for stream in 0..<3 {
                    read[stream] += text(task, [tokens[t * 3 + stream]])
                    predicted[stream] += text(task, [batch.targets[t * 3 + stream]])
                }
            }
        }
        XCTAssertEqual(read, ["abcdefghij", "klmnopqrst", "uvwxyz0123"])
        XCTAssertEqual(predicted, ["bcdefghijk", "lmnopqrstu", "vwxyz0123\n"])
    }

    func testStreamsOfARankAreThoseOfItsShards() throws {
        let task = try task(configuration("abcdefghijklmnopqrstuvwxyz0123"))
        let plan = task.trainingPlan(epoch: 0)
        let all = task.trainingBatch(plan, step: 1, shards: 0..<4, subtrees: [0..<4])
        let parts = [0..<2, 2..<4].map { task.trainingBatch(plan, step: 1, shards: $0, subtrees: [$0]) }
        XCTAssertEqual(parts.map(\.streams), [[0, 1], [2]])
        XCTAssertEqual(all.streams, [0, 1, 2])
    }

    func testALineBeginsAfterALineEndAndPredictsItsOwn() throws {
        let task = try task(configuration("abc\n\nde\n", lines: true))
        let batch = task.trainingBatch(task.trainingPlan(epoch: 0), step: 0, shards: 0..<4, subtrees: [0..<4])
        let tokens = try XCTUnwrap(batch.input.tokens)
        XCTAssertEqual(text(task, Array(tokens.elements)), "\n\nadbec")
        XCTAssertEqual(text(task, batch.targets), "adbec\n\n")
        XCTAssertNil(task.carriedState)
    }

    func testLinesAreHeldOutByNumberAndAContinuousTextAtItsEnd() throws {
        var data = try configuration("aa\nbb\nab\ncc\nb\n", lines: true).data
        func strings(_ text: RunningText?, _ vocabulary: Vocabulary) -> String? {
            text.map { $0.tokens.map { vocabulary.string(of: Int($0)) }.joined() }
        }
        let lines = try RunningText.readTraining(data, heldOut: 0.4) { $0 == 1 || $0 == 3 }
        XCTAssertEqual(strings(lines.training, lines.vocabulary), "aa\nab\nb\n")
        XCTAssertEqual(strings(lines.heldOut, lines.vocabulary), "bb\n[UNK][UNK]\n", "the vocabulary does not see them")
        XCTAssertEqual(lines.training.lineBounds, [0, 3, 6, 8])
        XCTAssertEqual(lines.heldOut?.lineBounds, [0, 3, 6])
        XCTAssertNil(try RunningText.readTraining(data, heldOut: 0.4) { _ in false }.heldOut)
        XCTAssertThrowsError(try RunningText.readTraining(data, heldOut: 0.4) { _ in true }) {
            XCTAssertEqual("\($0)", "data.validation_fraction: all 5 lines are held out, expected some to train on")
        }
        data.lines = false
        let text = try RunningText.readTraining(data, heldOut: 0.4) { _ in true }
        XCTAssertEqual(strings(text.training, text.vocabulary), "aa\nbb\nab")
    }

    func testTheSecondWindowSeesWhatTheFirstLeftBehind() throws {
        let task = try task(configuration("abcabcabcabcabcabcabcabcabcabc"))
        let plan = task.trainingPlan(epoch: 0)
        let second = task.trainingBatch(plan, step: 1, shards: 0..<4, subtrees: [0..<4])
        let gradients = Gradients<Float>(task.parameters.layout, subtrees: 1)
        func loss() -> Double {
            task.gradients(second, optimizerStep: 0, into: gradients).sums.reduce(0) { $0 + $1[0] }
        }
        let afterNothing = loss()
        _ = task.gradients(
            task.trainingBatch(plan, step: 0, shards: 0..<4, subtrees: [0..<4]), optimizerStep: 0, into: gradients)
        XCTAssertNotEqual(loss(), afterNothing)
    }

    func testGradientsOfTheWholeModelInDouble() throws {
        let model = try configuration("abc").model
        let network = try LanguageModelNetwork<Double>(model, tokens: 6, team: team)
        let parameters = Parameters<Double>(network.layout)
        parameters.initialize(seed: 5)
        let packed = PackedSequences(lengths: [4, 4, 2], shards: [0, 1, 1], subtreeShards: [0..<2])
        let input = SequenceInput<Double>(
            packed: packed, tokens: AlignedBuffer((0..<Int32(packed.rows)).map { 2 + $0 % 4 }), features: nil,
            examples: AlignedBuffer([0, 1, 2]))
        let targets = (0..<packed.rows).map { Int32(2 + ($0 * 3 + 1) % 4) }
        func loss() -> Double {
            network.pack(parameters)
            network.forward(input, .evaluation, parameters, initial: nil)
            return network.losses(targets: targets, parameters).losses.reduce(0, +)
        }
        _ = loss()
        let gradients = Gradients<Double>(network.layout, subtrees: 1)
        assertStagesAreComplete(gradients, of: network.layout) {
            network.backward(input, .evaluation, into: gradients)
        }
        for slice in network.layout.dense {
            let range = slice.offset..<slice.offset + slice.count
            let analytic = range.map { gradients.dense[0][$0] }
            let numeric = range.map { i -> Double in
                let kept = parameters.dense[i], h = 1e-4
                func value(_ x: Double) -> Double {
                    parameters.dense[i] = x
                    return loss()
                }
                let slope =
                    (8 * (value(kept + h) - value(kept - h)) - (value(kept + 2 * h) - value(kept - 2 * h))) / (12 * h)
                parameters.dense[i] = kept
                return slope
            }
            let scale = analytic.map(abs).max() ?? 0
            XCTAssertGreaterThan(scale, 1e-4, slice.name)
            for (a, b) in zip(analytic, numeric) { XCTAssertLessThan(abs(a - b), 1e-7 * scale, slice.name) }
        }
    }

    func testOneSeedWritesOneTextAndAnotherSeedAnother() throws {
        let task = try task(configuration("to be or not to be that is the question\n"))
        func write(_ change: (inout GenerationRequest) -> Void) throws -> String {
            var request = GenerationRequest(), bytes: [UInt8] = []
            request.prompt = "to be"
            request.length = 60
            change(&request)
            try task.generate(request) { bytes += $0 }
            return String(decoding: bytes, as: UTF8.self)
        }
        let text = try write { _ in }
        XCTAssertEqual(text.unicodeScalars.count, 60)
        XCTAssertEqual(try write { _ in }, text)
        XCTAssertNotEqual(try write { $0.seed = 1 }, text)
        XCTAssertNotEqual(try write { $0.number = 1 }, text)
        let greedy = try write { $0.temperature = 0 }
        XCTAssertEqual(try write { $0.topK = 1 }, greedy)
        XCTAssertEqual(try write { $0.topP = 1e-9 }, greedy)
        XCTAssertEqual(try write { $0.beam = 1 }, greedy)
    }

    func testABeamFindsATextNoLessProbableThanTheGreedyOne() throws {
        let task = try task(configuration("abcd\nacbd\nbadc\n", lines: true))
        func write(_ beam: Int) throws -> Double {
            var request = GenerationRequest(), bytes: [UInt8] = []
            request.length = 6
            request.beam = beam
            try task.generate(request) { bytes += $0 }
            var question = PredictionRequest()
            question.texts = [String(decoding: bytes, as: UTF8.self)]
            guard case .number(let loss)? = try task.predict(question)[0].fields.first?.value else { return .nan }
            return loss * Double(bytes.count + 1)
        }
        XCTAssertLessThanOrEqual(try write(8), try write(1) + 1e-4)
    }

    func testAPromptOfUnknownTokensIsRefusedWithTheirNames() throws {
        var request = GenerationRequest()
        request.prompt = "aéx"
        XCTAssertThrowsError(
            try task(configuration("abc\n")).generate(request) { _ in XCTFail("nothing may be written") }
        ) {
            XCTAssertEqual(
                "\($0)",
                "prompt: the model does not know the characters 'é', 'x', expected characters of its training text")
        }
    }

    func testABidirectionalLanguageModelIsRefusedWithTheReason() {
        let yaml = "task: language_model\ndata: {train: a.txt}\nmodel: {layers: [{size: 3, bidirectional: true}]}\n"
        XCTAssertThrowsError(try RunConfiguration.read(yaml: Array(yaml.utf8), name: "a.yaml")) {
            XCTAssertEqual(
                "\($0)",
                "a.yaml:3: model.layers.0.bidirectional is true in a language model, expected false: "
                    + "a layer that reads from the end has seen the token it is to predict")
        }
    }

    func testATextShorterThanItsStreamsIsRefused() throws {
        let configuration = try configuration("a\n")
        XCTAssertThrowsError(try task(configuration)) {
            XCTAssertEqual(
                "\($0)",
                "\(configuration.data.train): a text of 2 tokens is too short for 3 parallel streams, expected at least 4 tokens; "
                    + "lower training.batch_size")
        }
    }

    func testKeysOfOtherTasksAreRefused() {
        let yaml = "task: classify\ndata: {train: a.csv, lines: true}\n"
        XCTAssertThrowsError(try RunConfiguration.read(yaml: Array(yaml.utf8), name: "a.yaml")) {
            XCTAssertEqual(
                "\($0)", "a.yaml:2: data.lines does not go with task: classify, expected task: language_model")
        }
    }

    func testBytesGoThroughUnchanged() throws {
        let task = try task(configuration("zoë\n", tokens: .bytes))
        XCTAssertEqual(task.vocabulary.count, 258)
        let plan = task.trainingPlan(epoch: 0)
        let batch = task.trainingBatch(plan, step: 0, shards: 0..<4, subtrees: [0..<4])
        XCTAssertEqual(
            try XCTUnwrap(batch.input.tokens).elements.compactMap { RunningText.byte(of: $0) },
            Array("zo".utf8) + [0xC3])
    }
}
