import Configuration
import XCTest

/// What tasks that emit sequences do not allow, word for word.
final class DecoderRefusalTests: XCTestCase {
    private func translate(_ data: String = "", model: String = "", training: String = "{}") -> String {
        """
        task: translate
        data: {train: 't.{a,b}', tokens: subwords\(data)}
        model: {input: {embedding: 8}\(model)}
        training: \(training)

        """
    }

    func testWhatFitsIsRead() throws {
        let run = try read(
            translate(
                ", merges: 50, joint_vocabulary: true, columns: {source: 2, target: de}",
                model: ", attention: additive, decoder_layers: [{cell: lstm}]",
                training: "{label_smoothing: 0.1, bleu: true}"))
        XCTAssertEqual(run.data.merges, 50)
        XCTAssertEqual(run.model.attention, .additive)
        XCTAssertEqual(run.data.columns.target, .name("de"))
        XCTAssertEqual(run.data.standardize.stripPunctuation, false)
    }

    func testAWordModelThatEmitsKeepsCaseAndPunctuation() throws {
        let run = try read("task: caption\ndata: {train: t.csv, tokens: words}\n")
        XCTAssertEqual(run.data.standardize.lowerCase, false)
        XCTAssertEqual(run.data.standardize.stripPunctuation, false)
    }

    func testADecoderRunsForward() {
        assertRefused(
            translate(model: ", decoder_layers: [{size: 4, bidirectional: true}]"),
            "config.yaml:3: model.decoder_layers has a layer that is bidirectional, expected layers that run forward; "
                + "a decoder has not seen what it is about to emit")
        assertRefused(
            "task: caption\ndata: {train: t.csv}\nmodel: {layers: [{bidirectional: true}]}\n",
            "config.yaml:3: model.layers has a layer that is bidirectional, expected layers that run forward; "
                + "a decoder has not seen what it is about to emit")
    }

    func testWholeSequencesOfTokensAreEmitted() {
        assertRefused(
            translate(training: "{truncation: 20}"),
            "config.yaml:4: training.truncation does not go with task: translate, expected whole sequences: null")
        assertRefused(
            "task: translate\ndata: {train: t.tsv, tokens: values}\n",
            "config.yaml:2: data.tokens: values does not go with task: translate, expected words, characters or subwords"
        )
        assertRefused(
            "task: translate\ndata: {train: t.tsv, tokens: words}\nmodel: {input: {vectors: g.txt}}\n",
            "config.yaml:3: model.input {vectors: g.txt, trainable: false} does not go with task: translate, "
                + "expected {embedding: SIZE} or {one_hot: true}")
    }

    func testKeysOfOtherTasksAreRefused() {
        assertRefused(
            document("model: {attention: none}\n"),
            "config.yaml:3: model.attention does not go with task: classify, expected task: translate")
        assertRefused(
            "task: classify\ndata: {train: t.csv, tokens: subwords}\n",
            "config.yaml:2: data.tokens: subwords does not go with task: classify, expected task: translate or caption")
        assertRefused(
            "task: translate\ndata: {train: t.tsv, tokens: words, merges: 5}\n",
            "config.yaml:2: data.merges does not go with tokens: words, expected tokens: subwords")
    }

    func testNumbersBesideCaptionsComeForBothSets() {
        assertRefused(
            "task: caption\ndata: {train: t.txt, validation: v.txt, features: t.csv}\n",
            "config.yaml:2: one of data.validation and data.validation_features is missing, expected both or none")
        assertRefused(
            "task: caption\ndata: {train: t.txt, validation_features: v.csv}\n",
            "config.yaml:2: data.validation_features needs data.features, expected both or none")
    }

    func testNamesOfDatasetsAreRead() throws {
        let run = try read(
            "task: caption\ndata: {train: p.h5, tokens: words, datasets: {features: test/images, rows: picture}}\n")
        XCTAssertEqual(run.data.datasets.features, "test/images")
        XCTAssertEqual(run.data.datasets.texts, "texts")
        XCTAssertEqual(run.data.datasets.rows, "picture")
        assertRefused(
            "task: language_model\ndata: {train: t.txt, datasets: {texts: x}}\n",
            "config.yaml:2: data.datasets does not go with task: language_model, expected task: classify, caption or "
                + "forecast")
        assertRefused(
            "task: classify\ndata: {train: t.h5, tokens: values, datasets: {texts: x}}\n",
            "config.yaml:2: data.datasets.texts does not go with task: classify, expected task: caption")
    }
}
