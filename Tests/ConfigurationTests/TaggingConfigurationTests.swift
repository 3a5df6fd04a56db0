import Configuration
import XCTest

final class TaggingConfigurationTests: XCTestCase {
    private func tagging(_ more: String = "") -> String {
        "task: tag\ndata: {train: t.in, tokens: words}\nmodel: {input: {embedding: 8}}\n" + more
    }

    func testASectionOfItsOwnHasWhatTaggingsNeed() throws {
        let configuration = try read(
            tagging("tagging: {scheme: bioes, output: crf, context: 2, characters: {size: 5}, merge_digits: true}"))
        XCTAssertEqual(configuration.tagging.scheme, .bioes)
        XCTAssertEqual(configuration.tagging.output, .crf)
        XCTAssertEqual(configuration.tagging.characters?.size, 5)
        XCTAssertEqual(configuration.tagging.characters?.cell, .lstm)
        XCTAssertNil(try read(tagging()).tagging.scheme)
        XCTAssertEqual(try read(tagging()).resolved.data.standardize.lowerCase, false)
    }

    func testOtherTasksHaveNoTaggingSection() {
        assertRefused(
            document("tagging: {context: 1}\n"),
            "config.yaml:3: tagging does not go with task: classify, expected task: tag")
    }

    func testSettingsThatATaggingDoesNotReadAreRefused() {
        assertRefused(
            tagging("training: {class_weights: balanced}\n"),
            "config.yaml:4: training.class_weights does not go with task: tag, expected task: classify")
        assertRefused(
            "task: tag\ndata: {train: t.in}\nmodel: {input: {embedding: 8}}\n",
            "config.yaml:1: data.tokens: characters does not go with task: tag, expected data.tokens: words")
        assertRefused(
            "task: tag\ndata: {train: t.in, tokens: words}\n",
            "config.yaml:1: model.input {one_hot: true} does not go with task: tag, expected model.input: {embedding: SIZE}"
        )
    }

    func testWhatContradictsItselfIsRefused() {
        assertRefused(
            tagging("tagging: {tag_column: 1}\n"),
            "config.yaml:4: tagging.tag_column and tagging.token_column name the same column, expected two columns")
        assertRefused(
            tagging("tagging: {hidden_words: 0.1, scheme: iob2}\n"),
            "config.yaml:4: tagging.hidden_words does not go with tags, expected output: softmax and no scheme")
        assertRefused(
            tagging("training: {early_stopping: {metric: f1, patience: 3}}\n"),
            "config.yaml:4: metric: f1 needs spans, but tagging.scheme is null, expected a scheme, or metric: accuracy")
    }
}
