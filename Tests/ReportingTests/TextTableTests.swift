import Reporting
import XCTest

final class TextTableTests: XCTestCase {
    func testWidthsAreThoseOfATerminal() {
        XCTAssertEqual(TerminalWidth.columns(of: "Nguyễn"), 6)
        XCTAssertEqual(TerminalWidth.columns(of: "e\u{301}e"), 2, "a combining accent takes no column")
        XCTAssertEqual(TerminalWidth.columns(of: "日本語"), 6)
        XCTAssertEqual(TerminalWidth.columns(of: "한글"), 4)
        XCTAssertEqual(TerminalWidth.columns(of: "\u{1112}\u{1161}\u{11AB}"), 2, "a syllable of three Jamo")
        XCTAssertEqual(TerminalWidth.columns(of: "ＡＢ"), 4)
        XCTAssertEqual(TerminalWidth.columns(of: "a\u{200B}b"), 2)
        XCTAssertEqual(TerminalWidth.columns(of: "😀"), 2)
        XCTAssertEqual(TerminalWidth.columns(of: "Ωж─━…·"), 6)
    }

    func testLabelsCannotControlTheTerminal() {
        XCTAssertEqual(TerminalText.printable("a\u{1B}[31m\n\u{7F}\u{9B}\u{202E}b"), "a␛[31m␊␡\u{FFFD}\u{FFFD}b")
    }

    func testTruncationNeverCutsAWideCharacterInHalf() {
        XCTAssertEqual(TerminalText.truncated("日本語", columns: 6), "日本語")
        XCTAssertEqual(TerminalText.truncated("日本語", columns: 5), "日本…")
        XCTAssertEqual(TerminalText.truncated("日本語", columns: 4), "日…")
        XCTAssertEqual(TerminalText.truncated("abc", columns: 1), "…")
        XCTAssertEqual(TerminalText.truncated("abc", columns: 0), "")
    }

    func testColumnsAreAlignedWhateverTheScript() {
        var table = TextTable(columns: [.init("label"), .init("count", .right), .init("note")])
        table.add(["日本", "7", "x"])
        table.add(["Dvorˇa\u{301}k", "1,234"])
        table.addRule()
        table.add(["total"])
        XCTAssertEqual(
            table.text,
            """
            label    count  note
            ────────────────────
            日本         7  x
            Dvorˇa\u{301}k  1,234
            ────────────────────
            total\n
            """)
    }

    func testTheLayerSummaryTellsShapesParametersAndTotals() {
        let summary = LayerSummary(
            layers: [
                .init(
                    name: "embedding", kind: "vectors", outputShape: [.batch, .time, .size(100)], parameters: 1_000_000,
                    isTrained: false),
                .init(
                    name: "layers/0", kind: "GRU, bidirectional", outputShape: [.batch, .size(128)], parameters: 63_744),
                .init(name: "output", kind: "dense, softmax", outputShape: [.batch, .size(4)], parameters: 516),
            ], optimizerBytes: 514_080)
        XCTAssertEqual(
            summary.text,
            """
            layer            kind                output shape        parameters       size
            ──────────────────────────────────────────────────────────────────────────────
            embedding        vectors (frozen)    [batch, time, 100]   1,000,000    3.8 MiB
            layers/0         GRU, bidirectional  [batch, 128]            63,744  249.0 KiB
            output           dense, softmax      [batch, 4]                 516    2.0 KiB
            ──────────────────────────────────────────────────────────────────────────────
            total                                                     1,064,260    4.1 MiB
            trained                                                      64,260  251.0 KiB
            frozen                                                    1,000,000    3.8 MiB
            optimizer state                                                      502.0 KiB\n
            """)
        XCTAssertEqual(
            LayerSummary(layers: [summary.layers[1]]).json.text,
            #"{"layers": [{"name": "layers/0", "kind": "GRU, bidirectional", "output_shape": [null, 128], "#
                + #""parameters": 63744, "bytes": 254976, "trained": true}], "parameters": 63744, "#
                + #""trained_parameters": 63744, "bytes": 254976}"#)
    }

    func testAScoreThatIsNotDefinedIsNotShownAsANumber() {
        let table = ClassScoresTable(
            classes: [
                .init(label: "Czech", precision: 0.5, recall: 1, f1: 2.0 / 3, examples: 1200),
                .init(label: "Greek", precision: nil, recall: 0, f1: 0, examples: 3),
            ], accuracy: 0.8336, macroF1: 1.0 / 3)
        XCTAssertEqual(
            table.text,
            """
            class     precision   recall      F1  examples
            ──────────────────────────────────────────────
            Czech        50.0 %  100.0 %  66.7 %     1,200
            Greek             –    0.0 %   0.0 %         3
            ──────────────────────────────────────────────
            accuracy                      83.4 %     1,203
            macro F1                      33.3 %\n
            """)
    }
}
