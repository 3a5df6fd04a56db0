import XCTest

final class ForecastTests: XCTestCase {
    private func forecast(_ more: String, layers: String = "[{cell: gru}]") -> String {
        """
        task: forecast
        data: {train: s.csv, format: series, tokens: values, columns: {values: [b, 3]}}
        model: {input: features, layers: \(layers)}
        forecast: {\(more)}
        """
    }

    func testAForecastIsReadAsItIsWritten() throws {
        let run = try read(
            forecast(
                "window: 9, horizon: 4, season: 7, scaling: minmax, output: decoder, loss: huber, threshold: 0.5, relative: true"
            ))
        XCTAssertEqual(run.forecast.window, 9)
        XCTAssertEqual(run.forecast.horizon, 4)
        XCTAssertEqual(run.forecast.season, 7)
        XCTAssertEqual(run.forecast.scaling, .minmax)
        XCTAssertEqual(run.forecast.output, .decoder)
        XCTAssertEqual(run.forecast.loss, .huber)
        XCTAssertEqual(run.forecast.threshold, 0.5)
        XCTAssertTrue(run.forecast.relative)
        XCTAssertFalse(run.forecast.logarithm)
        XCTAssertEqual(run.data.columns.values, [.name("b"), .number(3)])
    }

    func testKeysOfAForecastBelongToItAlone() {
        assertRefused(
            document("forecast: {window: 3}\n"),
            "config.yaml:3: forecast does not go with task: classify, expected task: forecast")
    }

    func testWhatDoesNotFitAForecastIsRefused() {
        assertRefused(
            forecast("threshold: 2"),
            "config.yaml:4: forecast.threshold does not go with loss: squared, expected loss: huber")
        assertRefused(
            forecast("output: every_step", layers: "[{bidirectional: true}]"),
            "config.yaml:3: a bidirectional layer does not go with forecast.output: every_step, "
                + "expected layers of one direction; the other one would have read what is to be forecast")
        assertRefused(
            forecast("output: all"), "config.yaml:4: forecast.output is 'all', expected last, every_step or decoder")
        assertRefused(
            "task: forecast\ndata: {train: s.csv, tokens: characters}\n",
            "config.yaml:1: model.input {one_hot: true} does not go with task: forecast, "
                + "expected data.tokens: values and model.input: features")
        assertRefused(
            "task: forecast\ndata: {train: builtin:adding, tokens: values}\nmodel: {input: features}\nforecast: {output: decoder}\n",
            "config.yaml:4: forecast.output: decoder does not go with builtin:adding, "
                + "expected forecast.output: last; one number is said about each sequence")
    }

    func testWhatDoesNotFitTheCopyingProblemIsRefused() {
        assertRefused(
            "task: memory\ndata: {train: t.txt}\n",
            "config.yaml:2: data.train is t.txt, expected builtin:copy with task: memory")
        assertRefused(
            "task: memory\ndata: {train: builtin:copy}\nmodel: {layers: [{bidirectional: true}]}\n",
            "config.yaml:3: a bidirectional layer does not go with task: memory, "
                + "expected layers of one direction; the other one would have read the answer's end first")
        assertRefused(
            "task: memory\ndata:\n  train: builtin:copy\n  validation: v.csv\n",
            "config.yaml:4: data.validation does not go with builtin:copy, expected data.validation_fraction")
        assertRefused(
            "task: memory\ndata: {train: builtin:copy, generated: {length: 3}}\n",
            "config.yaml:2: data.generated.length is '3', expected a whole number from 10 to 100000")
    }
}
