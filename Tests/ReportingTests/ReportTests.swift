import Foundation
import Reporting
import XCTest

/// The HTML file about runs, from logs as training writes them.
final class ReportTests: XCTestCase {
    private let hostile = "</title><script>alert(1)</script>&\u{202E}"

    private static let start = """
        {"event": "start", "step": 0, "ranks": 2, "threads": 1, "parameters": 1234, "memory_estimate_bytes": 1048576, \
        "time": "2026-01-02T03:04:05Z", "hosts": ["a", "b"], "processor": "Some CPU", "loss": "loss_nats", "epochs": 2, \
        "steps_per_epoch": 4, "elapsed_seconds": 1.0, "configuration": {"task": "classify", "seed": "CELL", \
        "output": "RUN"}}

        """

    private static func log(_ cell: String = "7", labels: [String] = ["x", "y"]) -> String {
        let names = JSONValue.array(labels.map { .string($0) }).text
        return start.replacingOccurrences(of: "CELL", with: cell) + """
            {"event": "step", "epoch": 1, "step": 2, "loss_nats": 0.7, "learning_rate": 0.01, "gradient_norm": 0.5, \
            "tokens_per_second": 1000.0, "steps_left_out": 0, "elapsed_seconds": 2.0}
            {"event": "step_left_out", "epoch": 1, "step": 3, "reason": "the loss is <not> finite", "steps_left_out": 1}
            {"event": "validation", "epoch": 1, "step": 4, "loss_nats": 0.6, "accuracy": 0.5, "seconds": 0.25}
            {"event": "epoch", "epoch": 1, "step": 4, "training_loss_nats": 0.65, "validation_loss_nats": 0.6, \
            "validation_accuracy": 0.5, "learning_rate": 0.01, "tokens": 60, "padding_avoided_tokens": 20, \
            "seconds": 2.0, "tokens_per_second": 30.0, "phase_seconds": {"recurrence": [0.5, 0.25], "waiting": [0, 0.25]}, \
            "elapsed_seconds": 4.0}
            {"event": "step", "epoch": 2, "step": 6, "loss_nats": 0.4, "learning_rate": 0.01, "gradient_norm": 0.25, \
            "tokens_per_second": 1000.0, "steps_left_out": 1, "elapsed_seconds": 5.0}
            {"event": "epoch", "epoch": 2, "step": 8, "training_loss_nats": 0.45, "validation_loss_nats": 0.5, \
            "validation_accuracy": 0.75, "learning_rate": 0.01, "tokens": 60, "padding_avoided_tokens": 20, \
            "seconds": 2.0, "tokens_per_second": 30.0, "phase_seconds": {"recurrence": [1.5, 0.75], "waiting": [0, 0.75]}, \
            "elapsed_seconds": 6.0}
            {"event": "classes", "epoch": 2, "step": 8, "labels": \(names), "confusions": [[0, 0, 3], [1, 0, 1]]}
            {"event": "checkpoint", "step": 8, "path": "p", "best": true, "seconds": 0.1, "elapsed_seconds": 6.1}
            {"event": "end", "step": 8, "outcome": "completed", "digest": "ab12", "best_step": 8, "elapsed_seconds": 6.2}

            """
    }

    private func run(_ folder: String, _ log: String) -> ReportedRun {
        var record = RunRecord(of: folder)
        record.read(Array(log.utf8))
        return ReportedRun(record)
    }

    private func html(_ runs: [ReportedRun]) -> String {
        Report(runs, now: Date(timeIntervalSince1970: 0), program: "rnn-dist 0").html
    }

    /// What is between the tags, in order.
    private func texts(_ html: String) -> [String] { WellFormedXML(html).elements.map(\.text) }

    func testAReportOfOneRunHasEverySection() {
        let html = html([run("runs/one", Self.log())])
        let xml = WellFormedXML(html)
        XCTAssertEqual(xml.texts(of: "h1"), ["Run runs/one"])
        XCTAssertEqual(
            xml.texts(of: "h2"),
            [
                "Overview", "Curves", "Classes", "Where the time went", "Epochs", "Remarks", "Environment and receipt",
                "Configuration",
            ])
        XCTAssertEqual(
            xml.texts(of: "caption"),
            [
                "Each class of the validation data", "The most frequent confusions",
                "Phases of the training steps of 2 epochs, 2 ranks", "Each epoch", "Starts of the run",
            ])
        let facts = Dictionary(uniqueKeysWithValues: zip(xml.texts(of: "dt"), xml.texts(of: "dd")).prefix(15))
        XCTAssertEqual(facts["state"], "completed")
        XCTAssertEqual(facts["validation accuracy"], "75.0 %")
        XCTAssertEqual(facts["padding avoided"], "25.0 %")
        XCTAssertEqual(facts["ran on"], "2 ranks × 1 thread")
        XCTAssertEqual(facts["throughput"], "30 tokens/s")
        XCTAssertEqual(facts["steps left out"], "1")
        let hints = xml.texts(of: "title")
        XCTAssertTrue(hints.contains("true y, predicted x: 1 (100.0 % of y)"), "\(hints)")
        XCTAssertTrue(hints.contains("rank 1, waiting: 1.0 s (50.0 %)"), "\(hints)")
        XCTAssertTrue(xml.texts(of: "li").contains("step 3 of epoch 1: the loss is <not> finite"))
    }

    func testEveryTableHeadHasItsScopeAndEveryPictureItsTitle() {
        let xml = WellFormedXML(html([run("a", Self.log()), run("b", Self.log("8"))]))
        XCTAssertEqual(xml.elements.filter { $0.name == "th" && $0.attributes["scope"] == nil }.count, 0)
        XCTAssertEqual(xml.count(of: "table"), xml.count(of: "caption"))
        let pictures = xml.elements.indices.filter { xml.elements[$0].name == "svg" }
        XCTAssertGreaterThan(pictures.count, 10)
        for picture in pictures { XCTAssertEqual(xml.elements[picture + 1].name, "title") }
    }

    func testNothingOfTheDataBecomesMarkup() {
        let log = Self.log(hostile, labels: [hostile, "y"]).replacingOccurrences(of: "<not>", with: hostile)
        let html = html([run("runs/" + hostile, log), run(hostile, log)])
        let xml = WellFormedXML(html)
        XCTAssertEqual(xml.count(of: "script"), 0)
        XCTAssertFalse(html.contains("<script"))
        XCTAssertFalse(html.contains("\u{202E}"), "what follows would be shown from right to left")
        XCTAssertTrue(xml.texts(of: "th").contains("</title><script>alert(1)</script>&\u{FFFD}"))
    }

    func testNothingIsFetchedAndNothingRuns() {
        let xml = WellFormedXML(html([run("a", Self.log())]))
        let policy = xml.elements.first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
        XCTAssertEqual(
            policy?.attributes["content"], "default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        for element in xml.elements {
            for name in ["src", "href"] {
                let link = element.attributes[name] ?? "#"
                XCTAssertTrue(link.hasPrefix("#") || link.hasPrefix("data:"), "\(element.name) \(link)")
            }
            XCTAssertFalse(element.attributes.keys.contains { $0.hasPrefix("on") })
        }
    }

    func testRunsAreComparedKeyByKeyAndCurveByCurve() {
        let second = Self.log("8").replacingOccurrences(of: "\"accuracy\": 0.5", with: "\"accuracy\": 0.25")
        let xml = WellFormedXML(html([run("runs/a", Self.log("7")), run("runs/b", second)]))
        XCTAssertEqual(xml.texts(of: "h1"), ["2 runs compared"])
        XCTAssertEqual(
            xml.texts(of: "h2"), ["Overview", "Curves", "Differences of configuration", "Run a", "Run b"])
        let differing = xml.elements.firstIndex { $0.text == "Keys whose values are not the same in all runs" }
        let values = xml.elements[(differing ?? 0)...].filter { ["th", "code"].contains($0.name) }.prefix(6).map(\.text)
        XCTAssertEqual(values, ["key", "a", "b", "seed", "7", "8"])
        XCTAssertTrue(xml.texts(of: "title").contains("validation accuracy"))
        XCTAssertEqual(xml.texts(of: "a"), ["a", "b"])
    }

    func testRunsOfOneNameAreToldApartByTheirFolders() {
        let runs = [run("x/surnames", Self.log()), run("y/surnames", Self.log())]
        XCTAssertEqual(ReportedRun.named(runs).map(\.name), ["x/surnames", "y/surnames"])
        XCTAssertEqual(ReportedRun.named([runs[0], run("y/b", "")]).map(\.name), ["surnames", "b"])
        let xml = WellFormedXML(html(runs))
        XCTAssertTrue(xml.texts(of: "p").contains("None, but for the folders of the runs."))
    }

    func testARunThatHasOnlyBegunHasAReport() {
        for log in ["", Self.start, Self.start + "{\"event\": \"st"] {
            let xml = WellFormedXML(html([run("a", log)]))
            XCTAssertTrue(xml.texts(of: "p").contains("No epoch has ended yet, and no step has been logged."), log)
            XCTAssertFalse(xml.texts(of: "h2").contains("Classes"))
        }
    }

    func testTheMeasuresOfEachTaskAreShown() {
        let kinds = [
            ("loss_nats", ["perplexity", "bits_per_character"], "bits per character"), ("loss", ["mae", "mase"], "MASE"),
            ("loss_nats", ["bleu"], "BLEU"), ("loss_nats", ["f1", "accuracy"], "F1"),
        ]
        for (loss, others, title) in kinds {
            let values = ([loss] + others).map { "\"validation_\($0)\": 1.5" }.joined(separator: ", ")
            let xml = WellFormedXML(
                html([run("a", "{\"event\": \"epoch\", \"epoch\": 1, \"step\": 3, \"training_\(loss)\": 2, \(values)}")]))
            XCTAssertTrue(xml.texts(of: "title").contains(title), "\(xml.texts(of: "title"))")
        }
        let spans = """
            {"event": "classes", "epoch": 1, "step": 3, "spans": [{"type": "<b>", "precision": 0.5, "recall": 1, \
            "f1": 0.6, "expected": 3, "found": 6, "correct": 3}]}
            """
        let xml = WellFormedXML(html([run("a", spans)]))
        XCTAssertTrue(xml.texts(of: "th").contains("<b>"))
        XCTAssertTrue(xml.texts(of: "caption").contains("Spans of the validation data after epoch 1"))
    }

    func testNumbersThatNobodyWouldWriteAreNoTrouble() {
        let lines = """
            {"event": "epoch", "epoch": 9223372036854775807, "step": -9223372036854775808, "training_loss_nats": null, \
            "validation_loss_nats": 1e308, "tokens": 9223372036854775807, "padding_avoided_tokens": 9223372036854775807, \
            "seconds": -1e300, "tokens_per_second": 1e300, "phase_seconds": {"recurrence": [1e300, -1], "waiting": [1]}}
            {"event": "classes", "epoch": 1, "labels": ["a", "b"], "confusions": [[0, 9, 1], [-1, 0, 1], [0, 0], "x", \
            [0, 1, 9223372036854775807], [1, 1, 2]]}
            {"event": "step", "epoch": "one", "step": 1.5, "loss_nats": "high"}
            {"event": "step", "step": 4, "loss_nats": -1e308, "gradient_norm": 1e308}
            {"event": 7}
            [1, 2]
            null
            """
        let run = run("a", Self.start + lines)
        XCTAssertEqual(run.record.unreadableLines, 2)
        XCTAssertEqual(run.record.classes?.confusion?.counts, [[0, 0], [0, 2]])
        _ = WellFormedXML(html([run]))
        let many = (0..<100_000).map { "\"\($0)\"" }.joined(separator: ",")
        XCTAssertNil(self.run("a", "{\"event\": \"classes\", \"labels\": [\(many)]}").record.classes?.confusion)
    }
}
