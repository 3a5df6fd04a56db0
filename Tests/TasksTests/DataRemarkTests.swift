import Configuration
import Kernels
import SequenceData
import Tasks
import TestSupport
import XCTest

/// An evaluation says what of its data the model does not know, and what was cut or left out.
final class DataRemarkTests: XCTestCase {
    private let folder = try? TemporaryFolder()
    private let team = ThreadTeam(count: 1)

    /// The remarks on `data` of a model trained on `train`, as people and as programs read them.
    private func remarks(
        _ yaml: String, train: String, data: String, name: String = "t.txt", tags: String? = nil
    ) throws -> (texts: [String], counts: [String]) {
        let folder = try XCTUnwrap(folder)
        let path = try folder.write(name, train), other = try folder.write("other-\(name)", data)
        if let tags {
            _ = try folder.write("t.out", tags)
            _ = try folder.write("other-t.out", data.replacing(/[^ \n]+/, with: "O"))
        }
        let configuration = try RunConfiguration.read(
            yaml: Array(yaml.utf8), name: "c.yaml", overrides: ["data.train=\(path)", "data.validation_fraction=0"])
        let type = try TaskRegistry.task(configuration)
        let trained = try type.forTraining(configuration, team: team, artifacts: nil) { _ in }
        XCTAssertTrue(trained.validationRemarks.flatMap(\.counts).isEmpty, "there is no validation data")
        let task = try type.forInference(
            configuration, artifacts: trained.artifacts, data: other, vectorWidth: nil, team: team)
        let remarks = task.validationRemarks
        return (remarks.compactMap(\.text), remarks.flatMap(\.counts).map { "\($0.name) \($0.value)" })
    }

    func testPairsThatAreTooLongAreCounted() throws {
        let found = try remarks(
            "task: translate\ndata: {train: x, tokens: words, max_length: 3}\n", train: "a b\tx\nb\ty\n",
            data: "a b\tx\nb b b b\ty\na\ty y y y\nq\tx\n", name: "t.tsv")
        XCTAssertEqual(
            found.texts,
            ["unknown: 1 of 7 tokens (14.3 %)", "longer than data.max_length and left out: 2 of 4 pairs (50.0 %)"])
        XCTAssertEqual(found.counts, ["tokens 7", "unknown_tokens 1", "left_out_pairs 2"])
    }

    func testNothingToRemarkIsNotSaidButCounted() throws {
        let found = try remarks(
            "task: translate\ndata: {train: x, tokens: words}\n", train: "a b\tx\nb\ty\n", data: "a\ty\n", name: "t.tsv")
        XCTAssertEqual(found.texts, [])
        XCTAssertEqual(found.counts, ["tokens 3", "unknown_tokens 0", "left_out_pairs 0"])
    }

    func testUnknownTokensOfATextAreCounted() throws {
        let words = try remarks(
            "task: language_model\ndata: {train: x, tokens: words}\ntraining: {batch_size: 2}\n",
            train: "a b\nb a\n", data: "a q\nr\n")
        XCTAssertEqual(words.texts, ["unknown: 2 of 5 tokens (40.0 %)"])
        XCTAssertEqual(words.counts, ["tokens 5", "unknown_tokens 2"])
        let lines = try remarks(
            "task: language_model\ndata: {train: x, tokens: words, lines: true, max_length: 2}\n",
            train: "a b\nb a\n", data: "a b a\nb\n")
        XCTAssertEqual(lines.texts, ["cut at data.max_length: 1 of 2 lines (50.0 %)"])
        XCTAssertEqual(lines.counts, ["tokens 5", "unknown_tokens 0", "cut_lines 1"])
    }

    func testTextsToClassifyThatLostSomethingAreCounted() throws {
        let found = try remarks(
            "task: classify\ndata: {train: x, tokens: words, max_length: 2}\n", train: "x,a b\ny,b\n",
            data: "x,a b q\ny,\ny,b\n", name: "t.csv")
        XCTAssertEqual(
            found.texts,
            [
                "unknown: 1 of 4 tokens (25.0 %)", "without tokens, read as the unknown token: 1 of 3 sequences (33.3 %)",
                "cut at data.max_length: 1 of 3 sequences (33.3 %)",
            ])
        XCTAssertEqual(found.counts, ["tokens 4", "unknown_tokens 1", "empty_texts 1", "cut_sequences 1"])
    }

    func testTaggedSentencesThatLostSomethingAreCounted() throws {
        let found = try remarks(
            "task: tag\ndata: {train: x, tokens: words, max_length: 2}\nmodel: {input: {embedding: 4}}\n",
            train: "a b\nb a\n", data: "a b a\nq\n", name: "t.in", tags: "O X\nX O\n")
        XCTAssertEqual(
            found.texts, ["unknown: 1 of 3 tokens (33.3 %)", "cut at data.max_length: 1 of 2 sentences (50.0 %)"])
        XCTAssertEqual(found.counts, ["tokens 3", "unknown_tokens 1", "cut_sentences 1"])
    }

    func testCaptionsThatAreTooLongAreCounted() throws {
        let found = try remarks(
            "task: caption\ndata: {train: x, tokens: words, max_length: 2}\n", train: "x,a b\ny,b\n",
            data: "x,a b a\ny,b\n", name: "t.csv")
        XCTAssertEqual(found.texts, ["longer than data.max_length and left out: 1 of 2 texts (50.0 %)"])
        XCTAssertEqual(found.counts, ["tokens 2", "unknown_tokens 0", "left_out_texts 1"])
    }

    func testThereIsNoMASEWhereThereIsNothingToDivideBy() throws {
        let folder = try XCTUnwrap(folder)
        let path = try folder.write("s.csv", "a,b\n" + (0..<20).map { "\($0 * $0 % 7),3\n" }.joined())
        func notices(_ settings: String...) throws -> (said: [String], metrics: [String]) {
            let yaml = "task: forecast\ndata: {train: x, format: series, tokens: values}\nmodel: {input: features}\n"
            let configuration = try RunConfiguration.read(
                yaml: Array(yaml.utf8), name: "c.yaml",
                overrides: ["data.train=\(path)", "forecast={window: 3, horizon: 1}"] + settings)
            var said: [String] = []
            let task = try ForecastTask.forTraining(configuration, team: team, artifacts: nil) {
                if $0.contains("mase") { said.append($0) }
            }
            XCTAssertEqual(task.validationRemarks.compactMap(\.text), said, "an evaluation says the same")
            let totals = Totals(sums: [Double](repeating: 1, count: task.totalsShape.sums), counts: [0, 0])
            return (said, task.metrics(totals).values.map(\.name).filter { $0 == "mase" })
        }
        func reason(_ series: String, _ season: Int) -> String {
            "mase is left out: in the training part the naive forecast of \(series) (forecast.season \(season)) has no error "
                + "to divide by, since that part is no longer than a season or repeats itself"
        }
        XCTAssertEqual(try notices("data.columns.values=[a]").metrics, ["mase"])
        XCTAssertEqual(try notices("data.columns.values=[a]").said, [])
        let constant = try notices()
        XCTAssertEqual(constant.said, [reason("b", 1)])
        XCTAssertEqual(constant.metrics, [], "of one series alone it would mean something else")
        let long = try notices("forecast.season=16")
        XCTAssertEqual(long.said, [reason("a, b", 16)])
        XCTAssertEqual(long.metrics, [])
    }
}
