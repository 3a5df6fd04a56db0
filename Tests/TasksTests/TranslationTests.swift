import Configuration
import Kernels
import RecurrentNetworks
import SequenceData
import Tasks
import TestSupport
import XCTest

final class TranslationTests: XCTestCase {
    private func configuration(_ folder: TemporaryFolder, _ text: String) throws -> RunConfiguration {
        var configuration = RunConfiguration()
        configuration.task = "translate"
        configuration.data = DataConfiguration()
        configuration.data.tokens = .words
        configuration.data.validationFraction = 0
        configuration.data.train = try folder.write("train.tsv", text)
        configuration.model.input = .embedding(size: 6)
        configuration.model.layers[0].size = 8
        configuration.model.layers[0].bidirectional = true
        configuration.training.batchSize = 3
        return configuration
    }

    private let sentences = [
        "a b c\tx y z", "b\ty", "c a\tz x", "a a a b c a\tx x y", "b c.\ty z.", "c\tz", "a b\tx y",
    ].joined(separator: "\n")

    private func task(_ configuration: RunConfiguration) throws -> TranslationTask {
        let task = try TranslationTask.forTraining(configuration, team: ThreadTeam(count: 1), artifacts: nil) { _ in }
        task.parameters.initialize(seed: 4)
        task.parametersChanged()
        return task
    }

    private func translations(_ task: TranslationTask, _ texts: [String], beam: Int) throws -> [String] {
        var request = PredictionRequest()
        request.texts = texts
        request.beam = beam
        return try task.predict(request).map(\.text)
    }

    func testTheTokensOfATranslationAreAWholeNumber() throws {
        var request = PredictionRequest()
        request.texts = ["a"]
        let folder = try TemporaryFolder()
        let prediction = try task(configuration(folder, sentences)).predict(request)[0]
        guard case .list(let alternatives)? = prediction.fields.last?.value,
            case .object(let members)? = alternatives.first,
            case .integer(let tokens)? = members.last?.value
        else { return XCTFail("\(prediction.fields)") }
        XCTAssertGreaterThanOrEqual(tokens, 0)
    }

    func testATranslationDoesNotDependOnWhichTextsAreTranslatedWithIt() throws {
        let folder = try TemporaryFolder()
        for attention in ModelConfiguration.Attention.allCases {
            var configuration = try configuration(folder, sentences)
            configuration.model.attention = attention
            let task = try self.task(configuration)
            let texts = ["a b c", "b", "c c c c", "a.", "b a b c a", "q"]
            for beam in [1, 4] {
                let together = try translations(task, texts, beam: beam)
                XCTAssertEqual(together, try texts.flatMap { try translations(task, [$0], beam: beam) })
            }
        }
    }

    /// Sources and targets are sorted by lengths of their own: each target must find its source again.
    func testTheLossOfAMinibatchIsThatOfItsPairs() throws {
        let folder = try TemporaryFolder()
        var configuration = try configuration(
            folder, "a b c\tx\nb\ty x z\nc a\tz x y z x\na a a b\tx x\nc c a b b\ty z y z\n")
        for attention in ModelConfiguration.Attention.allCases {
            configuration.model.attention = attention
            var losses: [Double] = []
            for batchSize in [1, 7] {
                configuration.training.batchSize = batchSize
                let task = try self.task(configuration)
                let plan = task.trainingPlan(epoch: 0)
                var sum = 0.0
                for step in 0..<plan.stepCount {
                    let batch = task.trainingBatch(plan, step: step, shards: 0..<16, subtrees: [0..<16])
                    sum += task.evaluate(batch).sums.reduce(0) { $0 + $1[0] }
                }
                losses.append(sum)
            }
            XCTAssertEqual(losses[0], losses[1], accuracy: 1e-5)
        }
    }

    /// An untrained task that evaluates its own training data.
    private func evaluated(_ configuration: RunConfiguration) throws -> TranslationTask {
        let trained = try task(configuration)
        let task = try TranslationTask.forInference(
            configuration, artifacts: trained.artifacts, data: configuration.data.train, vectorWidth: nil,
            team: ThreadTeam(count: 1))
        task.parameters.initialize(seed: 4)
        task.parametersChanged()
        return task
    }

    /// A wide beam takes few sentences of a minibatch at a time.
    func testAWideBeamFindsTheTranslationsOfEachSentenceAlone() throws {
        let folder = try TemporaryFolder()
        var configuration = try configuration(folder, sentences)
        configuration.training.batchSize = 7
        let task = try evaluated(configuration)
        task.evaluationBeam = BeamSearch(width: 100, lengthPenalty: 1)
        let plan = try XCTUnwrap(task.validationPlan)
        let together = task.evaluate(task.validationBatch(plan, step: 0, shards: 0..<16, subtrees: [0..<16]))
        let alone = (0..<16).map {
            task.evaluate(task.validationBatch(plan, step: 0, shards: $0..<$0 + 1, subtrees: [$0..<$0 + 1]))
        }
        XCTAssertEqual(together.counts[0], 7)
        XCTAssertEqual(alone.map { Int($0.counts[0]) }.max(), 1)
        for count in together.counts.indices {
            XCTAssertEqual(together.counts[count], alone.reduce(0) { $0 + $1.counts[count] }, "\(count)")
        }
    }

    func testADecoderReadsTheTokenBeforeTheOneItEmits() {
        let corpus = EncodedCorpus(sequences: [[5, 6, 7, 0], [8, 0], [9, 4, 0]])
        let rows = TargetRows(Batch(corpus, [0, 1, 2], [0, 0, 1], subtrees: [0..<2]))
        XCTAssertEqual(rows.targets, [5, 9, 8, 6, 4, 0, 7, 0, 0])
        XCTAssertEqual(Array(rows.inputs.elements), [0, 0, 0, 5, 9, 8, 6, 4, 7])
    }

    func testGradientsFollowFromTheShardsAlone() throws {
        let folder = try TemporaryFolder()
        let task = try self.task(try configuration(folder, sentences))
        let plan = task.trainingPlan(epoch: 0)
        XCTAssertEqual(plan.stepCount, 3)
        for step in 0..<plan.stepCount {
            let batch = task.trainingBatch(plan, step: step, shards: 0..<16, subtrees: [0..<16])
            let gradients = Gradients<Float>(task.parameters.layout, subtrees: 1)
            let totals = task.gradients(batch, optimizerStep: 0, into: gradients)
            XCTAssertEqual(totals.counts.count, task.totalsShape.counts)
            XCTAssertEqual(totals.sums.reduce(0) { $0 + $1[1] }, Double(totals.counts[2]))
            XCTAssertEqual(task.rowsRead(batch).count, 2)
            for (table, rows) in zip(gradients.tables, task.rowsRead(batch)) { XCTAssertEqual(table[0].ids, rows) }
        }
    }

    func testMetricsOfAnEvaluationHaveBLEU() throws {
        let folder = try TemporaryFolder()
        let configuration = try configuration(folder, sentences)
        let task = try evaluated(configuration)
        guard let plan = task.validationPlan else { return XCTFail("there is data") }
        var totals = Totals(sums: [0, 0], counts: [Int64](repeating: 0, count: task.totalsShape.counts))
        for step in 0..<plan.stepCount {
            let part = task.evaluate(task.validationBatch(plan, step: step, shards: 0..<16, subtrees: [0..<16]))
            for sums in part.sums { for i in 0..<2 { totals.sums[i] += sums[i] } }
            for i in totals.counts.indices { totals.counts[i] += part.counts[i] }
        }
        let metrics = task.metrics(totals)
        XCTAssertEqual(metrics.values.map(\.name), ["loss_nats", "perplexity", "accuracy", "bleu"])
        XCTAssertEqual(metrics["perplexity"] ?? 0, exp(metrics["loss_nats"] ?? 0), accuracy: 1e-9)
        // Every reference was compared once: 15 tokens and a full stop.
        XCTAssertEqual(totals.counts.last, 15)
    }

    func testALongTextIsTranslatedLikeAnyOtherAndSaid() throws {
        let folder = try TemporaryFolder()
        var configuration = try configuration(folder, sentences)
        let long = [String](repeating: "a b c", count: 200).joined(separator: " ")
        let texts = ["b", "a b c a", long, "c", "b c b c b"]
        let expected = try translations(try task(configuration), texts, beam: 2)
        configuration.data.maxLength = 3
        var request = PredictionRequest(), notices: [String] = []
        request.texts = texts
        request.beam = 2
        let found = try task(configuration).predict(request) { notices.append($0) }
        // Other sentences are trained on, but the vocabulary is that of all.
        XCTAssertEqual(found.map(\.text), expected)
        XCTAssertEqual(
            notices.first,
            "argument:2: the text (and 2 more) has 4 tokens, more than any the model has learned from "
                + "(data.max_length is 3)")
        notices = []
        request.maximumLength = 5
        XCTAssertEqual(try task(configuration).predict(request) { notices.append($0) }.count, 5)
        let cut = try XCTUnwrap(notices.last)
        XCTAssertTrue(cut.hasPrefix("argument:1: the translation (and "), cut)
        XCTAssertTrue(cut.hasSuffix(" more) is cut after 5 tokens (--max-length)"), cut)
    }

    func testWhatCannotBeTranslatedKeepsItsLineAndIsSaid() throws {
        let folder = try TemporaryFolder()
        let task = try self.task(try configuration(folder, sentences))
        var request = PredictionRequest(), notices: [String] = []
        let endless = [String](repeating: "a", count: TranslationTask.longestText + 1).joined(separator: " ")
        request.file = try folder.write("in.txt", "a b\n\n\(endless)\nq a ü\n \t \nb q\n")
        request.topK = 2
        let found = try task.predict(request) { notices.append($0) }
        XCTAssertEqual(found.map(\.subject), ["a b", "", endless, "q a ü", " \t ", "b q"])
        XCTAssertEqual(found.map(\.text.isEmpty), [false, true, true, false, true, false])
        let names = ["translation_1", "log_probability_1", "translation_2", "log_probability_2"]
        for prediction in found { XCTAssertEqual(prediction.columns.map(\.name), names) }
        XCTAssertEqual(found[1].columns.map(\.value), ["", "", "", ""])
        XCTAssertEqual(
            notices.map { $0.replacingOccurrences(of: folder.path + "/", with: "") },
            [
                "in.txt:4: the model does not know the words 'q', 'ü' (3 of 10008 are unknown)",
                "in.txt:2: the text (and 1 more) has no tokens: its translation is empty",
                "in.txt:3: the text has 10001 tokens, expected at most 10000: its translation is empty; "
                    + "divide it into sentences, a line each",
            ])
    }

    func testPairsThatAreAllTooLongAreRefused() throws {
        let folder = try TemporaryFolder()
        var configuration = try configuration(folder, sentences)
        configuration.data.maxLength = 3
        configuration.data.train = try folder.write("long.tsv", "a b c d\tx\na b c d\ty\n")
        XCTAssertThrowsError(try self.task(configuration)) {
            XCTAssertEqual(
                "\($0)",
                "\(folder.path)/long.tsv: all 2 pairs are longer than data.max_length, expected some of at most 3 tokens"
            )
        }
    }

    func testOtherDataThanTheCheckpointsIsRefused() throws {
        let folder = try TemporaryFolder()
        var configuration = try configuration(folder, sentences)
        let artifacts = try task(configuration).artifacts
        configuration.data.train = try folder.write("other.tsv", "a\tnew\nb\ty\n")
        XCTAssertThrowsError(
            try TranslationTask.forTraining(configuration, team: ThreadTeam(count: 1), artifacts: artifacts) { _ in }
        ) {
            XCTAssertEqual(
                "\($0)",
                "\(folder.path)/other.tsv: its vocabularies differ from those of the checkpoint, expected the data the run began with; "
                    + "restore the data, or begin a new run in another output folder")
        }
    }
}
