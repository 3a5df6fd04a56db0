import Configuration
import Kernels
import Tasks
import TestSupport
import XCTest

/// A share to validate on that comes to nothing is refused, whatever the task.
final class HeldOutShareTests: XCTestCase {
    func testAShareOfNothingIsRefused() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("t.out", "O X\nX O\n")
        let cases = [
            ("task: classify\ndata: {train: x, tokens: words}\n", "t.csv", "x,a\ny,b\n", "2 examples"),
            ("task: caption\ndata: {train: x, tokens: words}\n", "t.csv", "x,a\ny,b\n", "2 texts"),
            ("task: translate\ndata: {train: x, tokens: words}\n", "t.tsv", "a\tx\nb\ty\n", "2 pairs"),
            ("task: language_model\ndata: {train: x, lines: true}\n", "t.txt", "a\nb\n", "2 lines"),
            (
                "task: tag\ndata: {train: x, tokens: words}\nmodel: {input: {embedding: 4}}\n", "t.in", "a b\nb a\n",
                "2 sentences"
            ),
            (
                "task: forecast\ndata: {train: x, format: series, tokens: values}\nmodel: {input: features}\n"
                    + "forecast: {window: 3, horizon: 1}\n", "s.csv", "1\n2\n3\n4\n5\n6\n", "6 time steps"
            ),
            (
                "task: forecast\ndata: {train: x, format: ucr, tokens: values}\nmodel: {input: features}\n", "t.txt",
                "1,2,3\n2,3,4\n", "2 examples"
            ),
            ("task: memory\ndata: {train: 'builtin:copy', generated: {examples: 30}}\n", "", "", "30 examples"),
        ]
        for (yaml, name, text, count) in cases {
            var overrides = ["data.validation_fraction=0.0001"]
            if !name.isEmpty { overrides.append("data.train=\(try folder.write(name, text))") }
            let configuration = try RunConfiguration.read(yaml: Array(yaml.utf8), name: "c.yaml", overrides: overrides)
            folder.expect(
                "data.validation_fraction: 0.0001 of \(count) holds out none, expected at least one to validate on; "
                    + "raise it, or set it to 0 to train without validation"
            ) {
                _ = try TaskRegistry.task(configuration).forTraining(
                    configuration, team: ThreadTeam(count: 1), artifacts: nil
                ) { _ in }
            }
        }
    }
}
