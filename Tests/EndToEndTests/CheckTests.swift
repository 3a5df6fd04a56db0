import Foundation
import TestSupport
import XCTest

/// `rnn-dist check` says all that would stop a run, and writes nothing.
final class CheckTests: XCTestCase {
    private struct Report: Decodable {
        struct Finding: Decodable, Equatable {
            var subject: String, verdict: String, fact: String, advice: String?
        }
        var verdict: String
        var findings: [Finding]

        func told(_ subject: String) -> [String] { findings.filter { $0.subject == subject }.map(\.fact) }
        var broken: [String] { findings.filter { $0.verdict == "broken" }.map { "\($0.subject): \($0.fact)" } }
    }

    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        let split = SampleData.wordsConfiguration.replacingOccurrences(
            of: "train: words.csv\n  validation_fraction: 0.15", with: "train: train.csv\n  validation: valid.csv")
        try place.write(split, to: "split.yaml")
        return place
    }

    private func check(_ place: Workplace, _ arguments: [String]) throws -> Report {
        let run = try place.run(["check"] + arguments + ["--json"])
        let report = try JSONDecoder().decode(Report.self, from: Data(run.standardOutput.utf8))
        XCTAssertEqual(run.status, report.verdict == "broken" ? 1 : 0, run.standardError)
        XCTAssertEqual(run.standardError, "")
        return report
    }

    func testAGoodConfigurationIsTriedWithoutWritingAnything() throws {
        let place = try place()
        let before = place.list("")
        let report = try check(place, ["words.yaml", "--ranks", "3"])
        XCTAssertEqual(report.broken, [])
        XCTAssertEqual(
            Set(report.findings.map(\.subject)),
            ["configuration", "files", "data", "memory", "disk", "minibatches", "model", "output", "cores"])
        XCTAssertEqual(report.told("files"), ["words.csv"])
        XCTAssertTrue(report.told("data")[0].contains(" tokens in 16 steps an epoch, "), "\(report.told("data"))")
        let batches = try XCTUnwrap(report.told("minibatches").first)
        XCTAssertNotNil(
            batches.firstMatch(of: #/^\d of \d+ to \d+ tokens: loss_nats 1\.\d+ before training; the largest takes /#), batches)
        XCTAssertEqual(place.list(""), before)
        let text = try place.run(["check", "words.yaml"])
        XCTAssertTrue(text.standardOutput.hasPrefix("good    configuration  words.yaml, task: classify\n"), text.standardOutput)
    }

    func testAllThatIsWrongIsTold() throws {
        let place = try place()
        try place.write("", to: "run/metrics.jsonl")
        let report = try check(
            place,
            [
                "split.yaml", "--ranks", "17", "--output", "run", "--set", "training.schedule={name: plateau, metric: bleu}",
            ])
        XCTAssertEqual(
            report.broken,
            [
                "configuration: training.shards: 16 shards cannot be spread over 17 ranks, expected at least one shard per rank",
                "configuration: training.schedule.metric: bleu is no metric of task: classify, expected loss, accuracy, macro_f1",
                "files: data.train: train.csv: there is no such file",
                "files: data.validation: valid.csv: there is no such file",
                "output: run: this folder holds another run, which has no checkpoint yet, expected a new or empty folder",
            ])
        let resumed = try check(place, ["words.yaml", "--output", "run", "--resume"])
        XCTAssertEqual(resumed.broken, [])
        let advice = try XCTUnwrap(report.findings.first { $0.subject == "output" }?.advice)
        XCTAssertEqual(advice, "begin that run anew with --resume, or choose another --output")
    }

    func testTheHostsThatARunNeedsAreTold() throws {
        let place = try place()
        let two = ["--ranks-per-host", "2", "--threads", "1"]
        func cores(_ arguments: [String]) throws -> String {
            try XCTUnwrap(check(place, ["words.yaml"] + arguments).told("cores").first)
        }
        XCTAssertTrue(
            try cores(["--ranks", "5"] + two).hasSuffix(", and the run's other ranks on 2 more hosts like it"))
        XCTAssertFalse(try cores(["--ranks", "2"] + two).contains("more host"))
        XCTAssertFalse(try cores(["--ranks", "1"]).contains("idle"), "a rank alone uses all cores, as training does")
    }

    /// What training would say of the checkpoint that it goes on from.
    func testARunThatGoesOnIsCheckedAgainstItsCheckpoint() throws {
        let place = try place(), resume = ["words.yaml", "--output", "run", "--resume"]
        XCTAssertEqual(try check(place, resume).told("output"), ["run: no checkpoint yet, training begins"])
        XCTAssertEqual(try place.run(["train", "words.yaml", "--output", "run"]).status, 0)
        XCTAssertEqual(try check(place, resume).told("output"), ["run: no step is left: all of 2 epochs are made"])
        XCTAssertEqual(
            try check(place, resume + ["--set", "training.epochs=9"]).told("output"), ["run, going on after step 32"])
        let other = try check(place, resume + ["--set", "training.batch_size=8"])
        XCTAssertTrue(other.broken.first?.contains("training.batch_size is 16 there and 8 here") ?? false, "\(other.broken)")
        let fewer = try check(place, resume + ["--set", "training.epochs=1"])
        XCTAssertEqual(
            fewer.broken,
            [
                "output: run/checkpoints/step-00000032.h5: it has made 2 epochs and 0 steps, expected no more than "
                    + "training.epochs, which is 1"
            ])
        try place.write(SampleData.words(rows: 301), to: "words.csv")
        let data = try check(place, resume + ["--set", "training.epochs=9"])
        XCTAssertTrue(data.broken.first?.hasPrefix("data: words.csv: its vocabulary or labels differ from those of the checkpoint, ") ?? false, "\(data.broken)")
        for name in place.list("run/checkpoints") where name.hasPrefix("step-") {
            try place.write("garbage", to: "run/checkpoints/\(name)")
        }
        let garbage = try check(place, resume)
        XCTAssertTrue(garbage.broken.first?.contains("none can be read, expected a good one") ?? false, "\(garbage.broken)")
    }

    func testUnderMPIRunOneRankSpeaksForAll() throws {
        let place = try place()
        let run = try place.run(["check", "words.yaml", "--threads", "1"], ranks: 2)
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertEqual(run.standardOutput.split(separator: "\n").filter { $0.contains("  memory") }.count, 1)
        XCTAssertTrue(run.standardOutput.contains(" for 2 ranks of a host"), run.standardOutput)
        XCTAssertTrue(run.standardOutput.contains("2 ranks of 1 thread on "), run.standardOutput)
        XCTAssertFalse(run.standardOutput.contains("more host"), run.standardOutput)
    }

    func testWhatIsWrongInTheTrainingDataHidesNothingInTheValidationData() throws {
        let place = try place()
        try place.write("label,text\nsports,a b\nsports\n", to: "train.csv")
        try place.write("label,text\nsports,a b\nworld,\"c d\n", to: "valid.csv")
        let report = try check(place, ["split.yaml"])
        XCTAssertEqual(report.broken.map { $0.split(separator: " ")[1] }, ["train.csv:3:", "valid.csv:3:"], "\(report.broken)")
    }

    func testAConfigurationThatCannotBeReadIsAFinding() throws {
        let place = try place()
        let report = try check(place, ["words.yaml", "--set", "training.batchsize=3"])
        XCTAssertEqual(report.broken.count, 1)
        XCTAssertTrue(report.broken[0].contains("training.batchsize"), "\(report.broken)")
        XCTAssertTrue(try check(place, ["no.yaml"]).broken[0].hasPrefix("configuration: no.yaml: does not exist"))
    }

    func testNumbersThatNoGradientSurvivesAreFoundInTheirMinibatch() throws {
        let place = try place()
        let waves = SampleData.waves(rows: 100) + "1,3e38,-3e38,3e38,3e38,3e38,3e38,3e38,3e38,3e38,3e38,3e38,3e38,3e38\n"
        try place.write(waves, to: "waves.txt")
        try place.write(SampleData.wavesConfiguration, to: "waves.yaml")
        let settings = [
            "model.layers=[{cell: elman, size: 4, activation: relu}]", "data.validation_fraction=0",
            "training.batch_size=101",
        ]
        let report = try check(place, ["waves.yaml"] + settings.flatMap { ["--set", $0] })
        XCTAssertEqual(report.broken.count, 1, "\(report.findings)")
        XCTAssertNotNil(
            report.broken.first?.firstMatch(of: #/^minibatches: the (loss|gradient) of step 1, of \d+ tokens, is not finite$/#),
            "\(report.broken)")
    }
}
