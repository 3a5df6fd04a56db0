import Reporting
import XCTest

final class ProgressLineTests: XCTestCase {
    /// A clock that stands still until it is set, and a page that keeps what was written.
    private final class Stage {
        var time = 0.0
        var columns = 100
        var written: [String] = []

        func line(_ style: ProgressLine.Style) -> ProgressLine {
            ProgressLine(
                style: style, columns: { self.columns }, clock: { self.time }, write: { self.written.append($0) })
        }
    }

    private func state(_ epoch: Int, _ step: Int) -> ProgressState {
        ProgressState(
            epoch: epoch, epochs: 10, step: step, steps: 512, tokensPerSecond: 12_345, loss: 1.2344, secondsLeft: 185)
    }

    func testOnATerminalTheLineIsRewrittenInPlaceAndClearedAtTheEnd() {
        let stage = Stage()
        var line = stage.line(.rewritten)
        line.update(state(2, 128))
        line.clear()
        line.clear()
        XCTAssertEqual(
            stage.written,
            [
                "\repoch  2/10  ━━━━━━━───────────────────────  128/512  12.3k tokens/s  loss 1.234  3 min 05 s left\u{1B}[K",
                "\r\u{1B}[K",
            ])
    }

    func testTheLineNeverReachesTheTerminalsLastColumn() {
        for columns in 1...120 {
            let stage = Stage()
            stage.columns = columns
            var line = stage.line(.rewritten)
            line.update(state(2, 128))
            let shown = stage.written.joined().dropFirst().dropLast(3)
            XCTAssertLessThanOrEqual(
                TerminalWidth.columns(of: String(shown)), max(1, columns - 1), "\(columns) columns")
        }
    }

    func testANarrowTerminalLosesTheBarFirst() {
        let stage = Stage()
        stage.columns = 72
        var line = stage.line(.rewritten)
        line.update(state(2, 128))
        XCTAssertEqual(
            stage.written, ["\repoch  2/10  128/512  12.3k tokens/s  loss 1.234  3 min 05 s left\u{1B}[K"])
    }

    func testRewritingIsNotFasterThanTheEyeButShowsTheLastStep() {
        let stage = Stage()
        var line = stage.line(.rewritten)
        for step in 1...512 {
            stage.time += 0.001
            line.update(state(1, step))
        }
        // At 0.001 s and then each tenth of a second, and step 512.
        XCTAssertEqual(stage.written.count, 7)
        XCTAssertTrue(stage.written.last?.contains("━  512/512") ?? false)
    }

    func testALineThatStaysTakesTheProgressLineAwayFirst() {
        let stage = Stage()
        var line = stage.line(.rewritten)
        line.update(state(1, 1))
        line.print("epoch 1: loss 0.5")
        line.update(state(1, 2))
        XCTAssertEqual(stage.written.dropFirst().prefix(2), ["\r\u{1B}[K", "epoch 1: loss 0.5\n"])
        XCTAssertEqual(stage.written.count, 4, "the progress line is back at once")
    }

    func testPlainLinesWaitForBothTimeAndSteps() {
        let stage = Stage()
        var line = stage.line(.plain(everySeconds: 30, everySteps: 50))
        stage.time = 100
        line.update(state(1, 49))
        XCTAssertEqual(stage.written, [], "too few steps")
        line.update(state(1, 50))
        XCTAssertEqual(
            stage.written, ["epoch  1/10  step  50/512  12.3k tokens/s  loss 1.234  3 min 05 s left\n"])
        stage.time = 129
        line.update(state(1, 512))
        XCTAssertEqual(stage.written.count, 1, "too soon")
        stage.time = 130
        line.update(state(2, 1))
        XCTAssertEqual(stage.written.count, 2, "steps count across epochs")
        line.clear()
        XCTAssertEqual(stage.written.count, 2, "there is nothing to clear")
    }

    func testWhatIsNotMeasuredIsNotShown() {
        let stage = Stage()
        var line = stage.line(.plain(everySeconds: 0, everySteps: 0))
        line.update(ProgressState(epoch: 1, epochs: 3, step: 0, steps: 0))
        line.update(ProgressState(epoch: 1, epochs: 3, step: 1, steps: 8, loss: .nan, secondsLeft: 0.2))
        XCTAssertEqual(stage.written, ["epoch 1/3  step 0/0\n", "epoch 1/3  step 1/8  loss –  0 s left\n"])
    }

    func testTimeLeftCountsOnlyWhatThisProcessDid() throws {
        let stage = Stage()
        var left = TimeLeft(clock: { stage.time })
        XCTAssertNil(left.seconds(done: 900, total: 1000), "resumed: no pace yet")
        stage.time = 10
        XCTAssertEqual(try XCTUnwrap(left.seconds(done: 920, total: 1000)), 40, accuracy: 1e-9)
        XCTAssertEqual(try XCTUnwrap(left.seconds(done: 1001, total: 1000)), 0, accuracy: 1e-9)
    }
}
