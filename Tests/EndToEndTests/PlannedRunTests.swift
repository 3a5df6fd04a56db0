import Foundation
import TestSupport
import XCTest

/// What a plan says is compared with what a run does.
final class PlannedRunTests: XCTestCase {
    private struct Plan: Decodable {
        struct Run: Decodable {
            var ranks: Int, memory_bytes: Int, bytes_sent_per_step: Int, tokens_per_second: Double, shards: Int
            var step_seconds: Double, efficiency: Double, epoch_seconds: Double, limit: String
            var time_seconds: [String: Double]
        }
        var parameters: Int, checkpoint_bytes: Int, tokens_per_epoch: Int, steps_per_epoch: Int
        var runs: [Run]
    }

    private func place() throws -> Workplace {
        let place = try Workplace()
        try place.write(SampleData.words(rows: 300), to: "words.csv")
        try place.write(SampleData.wordsConfiguration, to: "words.yaml")
        return place
    }

    private func plan(_ place: Workplace, _ arguments: [String], ranks: Int? = nil) throws -> Plan {
        let run = try place.run(["plan"] + arguments + ["--json", "--seconds", "0.05"], ranks: ranks)
        XCTAssertEqual(run.status, 0, run.standardError)
        try place.write(run.standardOutput, to: "plan.json")
        return try JSONDecoder().decode(Plan.self, from: Data(run.standardOutput.utf8))
    }

    func testAPlanKnowsTheSizesOfTheRun() throws {
        let place = try place()
        for settings in [[], SampleData.everyRegularizer, ["training.wire=bfloat16"]] {
            let more = settings.flatMap { ["--set", $0] }
            let plan = try plan(place, ["words.yaml", "--ranks", "1,2,4", "--ranks-per-host", "4"] + more)
            let run = try place.run(["train", "words.yaml", "--output", "run"] + more, ranks: 4)
            XCTAssertEqual(run.status, 0, run.standardError)
            let start = try XCTUnwrap(try place.metrics("run").first)
            let epochs = try place.metrics("run").filter { $0["event"] as? String == "epoch" }
            XCTAssertEqual(plan.parameters, start["parameters"] as? Int)
            XCTAssertEqual(plan.tokens_per_epoch, epochs[0]["tokens"] as? Int)
            XCTAssertEqual(plan.steps_per_epoch, 16)
            let size = try place.read("run/checkpoints/step-00000032.h5").count
            XCTAssertEqual(Double(plan.checkpoint_bytes) / Double(size), 1, accuracy: 0.15)
            XCTAssertEqual(
                Double(plan.runs[2].memory_bytes) / Double(start["memory_estimate_bytes"] as? Int ?? 1), 1, accuracy: 0.3)
            // Rows that a step touches are means.
            XCTAssertEqual(
                Double(plan.runs[2].bytes_sent_per_step) / Double(epochs[1]["bytes_sent_per_step"] as? Int ?? 1), 1,
                accuracy: 0.1, "\(settings)")
            try FileManager.default.removeItem(atPath: place.path + "/run")
            for run in plan.runs {
                let parts = ["products", "imbalance", "updates", "communication"].map { run.time_seconds[$0] ?? .nan }
                XCTAssertEqual(parts.reduce(0, +), run.step_seconds, accuracy: 1e-9)
                XCTAssertGreaterThan(parts[0], 0)
                XCTAssertEqual(parts[3] > 0, run.ranks > 1)
                XCTAssertEqual(run.epoch_seconds, 16 * run.step_seconds, accuracy: 1e-9)
                XCTAssertEqual(
                    run.efficiency, run.tokens_per_second / plan.runs[0].tokens_per_second / Double(run.ranks), accuracy: 1e-9)
            }
        }
        XCTAssertEqual(place.list(""), ["plan.json", "words.csv", "words.yaml"])
    }

    func testTheLogComparesARunWithItsPlan() throws {
        let place = try place()
        _ = try plan(place, ["words.yaml", "--ranks", "1,2"], ranks: 2)
        for ranks in [1, 2] {
            let output = "run-\(ranks)"
            let run = try place.run(
                ["train", "words.yaml", "--plan", "plan.json", "--threads", "1", "--output", output], ranks: ranks)
            XCTAssertEqual(run.status, 0, run.standardError)
            let line = try XCTUnwrap(run.standardOutput.split(separator: "\n").first { $0.contains("predicted") })
            XCTAssertNotNil(
                line.firstMatch(of: #/, predicted [0-9.]+[kM]? tokens/s, measured [0-9.]+[kM]? \([-+]\d+ %\), padding /#), "\(line)")
            let epoch = try XCTUnwrap(try place.metrics(output).first { $0["event"] as? String == "epoch" })
            XCTAssertGreaterThan(try XCTUnwrap(epoch["predicted_tokens_per_second"] as? Double), 0)
            XCTAssertFalse(run.standardOutput.contains("warning"), run.standardOutput)
        }
        let other = try place.run([
            "train", "words.yaml", "--plan", "plan.json", "--threads", "2", "--output", "other", "--set", "training.batch_size=8",
        ])
        XCTAssertEqual(
            other.standardOutput.split(separator: "\n").filter { $0.hasPrefix("warning") }.map(String.init),
            [
                "warning: plan.json was made for another configuration",
                "warning: plan.json was made for 1 thread a rank, and there are 2",
            ])
    }

    func testAPlanThatSaysNothingOfTheRunIsRefused() throws {
        let place = try place()
        _ = try plan(place, ["words.yaml", "--ranks", "1,2"])
        try place.write("{}", to: "empty.json")
        for (file, ranks, message, advised) in [
            // What is there is not to be written over.
            ("plan.json", 3, "plan.json: it plans no run of 3 ranks, expected one of 1, 2", "NEW-FILE"),
            ("empty.json", 2, "empty.json: is not a plan, expected what rnn-dist plan --json writes", "NEW-FILE"),
            ("none.json", 2, "none.json: does not exist", "none.json"),
        ] {
            let run = try place.run(["train", "words.yaml", "--plan", file, "--output", "run"], ranks: ranks)
            XCTAssertEqual(
                run.complaints,
                ["rnn-dist: error: \(message); write one with rnn-dist plan CONFIG --ranks \(ranks) --json > \(advised)"])
            XCTAssertEqual(run.status, 64)
            XCTAssertFalse(place.exists("run"))
        }
    }

    func testMoreRanksThanShardsArePlannedWithTheShardsTheyNeed() throws {
        let place = try place()
        let plan = try plan(
            place, ["words.yaml", "--ranks", "64", "--ranks-per-host", "2", "--network", "1Gbit,50us"])
        XCTAssertEqual(plan.runs.map(\.ranks), [64])
        XCTAssertEqual(plan.runs[0].shards, 64)
        XCTAssertEqual(plan.runs[0].limit, "communication")
        let text = try place.run([
            "plan", "words.yaml", "--ranks", "64", "--ranks-per-host", "2", "--network", "1Gbit,50us", "--seconds", "0",
        ])
        XCTAssertTrue(
            text.standardOutput.contains("64 ranks: needs training.shards=64, which changes what is trained\n"),
            text.standardOutput)
        XCTAssertTrue(
            text.standardOutput.contains("64 ranks: 48 of them have nothing to do with training.batch_size=16\n"),
            text.standardOutput)
    }

    func testWhatAPlanIsNotToldOfTheNetworkItAsksFor() throws {
        let place = try place()
        for ranks in [nil, 2] {
            let run = try place.run(
                ["plan", "words.yaml", "--ranks", "1,4", "--ranks-per-host", "2"], ranks: ranks)
            XCTAssertEqual(
                run.complaints,
                [
                    "rnn-dist: error: --ranks: 4 ranks are more than the 2 ranks of a host, expected --network; say how fast "
                        + "hosts are connected, such as --network 10Gbit,50us, or how many ranks a host has: --ranks-per-host"
                ])
            XCTAssertEqual(run.status, 64)
        }
        let alone = try place.run(["plan", "words.yaml", "--ranks", "1,4", "--network", "measured"], ranks: 2)
        XCTAssertEqual(
            alone.complaints,
            [
                "rnn-dist: error: --network measured: there is nothing between hosts to measure, expected ranks on several "
                    + "hosts, equally many on each; start it there with mpirun, or say how fast the network is: --network "
                    + "10Gbit,50us"
            ])
    }
}
