import Foundation
import TestSupport
import XCTest

/// `rnn-dist bench` on this machine, under mpirun and alone.
final class BenchTests: XCTestCase {
    private func bench(_ arguments: [String], ranks: Int?) throws -> MPIRun {
        try MPIRun("rnn-dist", ["bench"] + arguments, ranks: ranks, environment: MPIRun.oneMachine, timeLimit: 120)
    }

    func testTheJSONHasTheDocumentedKeys() throws {
        for ranks in [nil, 1, 2] as [Int?] {
            let run = try bench(["--workload", "char-lstm128x2", "--seconds", "0.2", "--json"], ranks: ranks)
            XCTAssertEqual(run.status, 0, run.standardError)
            let json = try XCTUnwrap(
                try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
            XCTAssertEqual(
                json.keys.sorted(), [
                    "batch_size", "bytes_sent_per_step", "floor_shares", "fma_peak_gflops", "gflops", "limit",
                    "memory_bandwidth_bytes_per_second", "memory_estimate_bytes", "peak_fraction",
                    "peak_memory_bytes", "processor_share",
                    "ranks", "seconds", "shards",
                    "steps", "steps_per_second", "threads", "time_shares", "tokens_per_second", "workload",
                ])
            XCTAssertEqual(json["workload"] as? String, "char-lstm128x2")
            XCTAssertEqual(json["ranks"] as? Int, ranks ?? 1)
            XCTAssertEqual(json["batch_size"] as? Int, 50 * (ranks ?? 1))
            let estimate = json["memory_estimate_bytes"] as? Double ?? 0
            XCTAssertEqual(estimate / (json["peak_memory_bytes"] as? Double ?? 1), 1, accuracy: 0.25)
            let steps = try XCTUnwrap(json["steps"] as? Int), seconds = try XCTUnwrap(json["seconds"] as? Double)
            XCTAssertGreaterThanOrEqual(seconds, 0.2)
            let tokens = Double(2500 * (ranks ?? 1) * steps) / seconds
            XCTAssertEqual(try XCTUnwrap(json["tokens_per_second"] as? Double), tokens, accuracy: 1e-6 * tokens)
            let fraction = try XCTUnwrap(json["peak_fraction"] as? Double)
            XCTAssertTrue(fraction > 0 && fraction < 1, "\(fraction)")
            let shares = try XCTUnwrap(json["time_shares"] as? [String: Double])
            XCTAssertEqual(shares.values.reduce(0, +), 1, accuracy: 1e-9)
            for phase in [
                "input_projection", "recurrence", "output", "recurrence_backward", "weight_gradients", "optimizer",
                "packing",
            ] {
                XCTAssertGreaterThan(shares[phase] ?? 0, 0, phase)
            }
            // Each rank of two sends half of the dense gradient's bytes twice; embedding rows, sums and counts come on
            // top.
            let sent = try XCTUnwrap(json["bytes_sent_per_step"] as? Double)
            if ranks == 2 { XCTAssertGreaterThan(sent, 4 * (4 * 65536 + 65 * 128)) } else { XCTAssertEqual(sent, 0) }
        }
    }

    func testRatesAndTimesAreThoseOfAllRanks() throws {
        struct Report: Decodable {
            let fma_peak_gflops: Double, peak_fraction: Double, gflops: Double, processor_share: Double
        }
        let one = try JSONDecoder().decode(
            Report.self,
            from: Data(
                try bench(["--workload", "ag-lstm8", "--seconds", "0.2", "--json"], ranks: nil).standardOutput.utf8))
        let three = try JSONDecoder().decode(
            Report.self,
            from: Data(
                try bench(["--workload", "ag-lstm8", "--seconds", "0.2", "--json"], ranks: 3).standardOutput.utf8))
        XCTAssertGreaterThan(three.fma_peak_gflops, 1.8 * one.fma_peak_gflops)
        for report in [one, three] {
            XCTAssertEqual(report.peak_fraction, report.gflops / report.fma_peak_gflops, accuracy: 1e-9)
            XCTAssertTrue(report.processor_share > 0 && report.processor_share < 1.05, "\(report.processor_share)")
        }
    }

    func testSumsOverRanksSendNoMoreThanTheBound() throws {
        struct Report: Decodable { let reduction_bytes: Int, bytes_sent: Int, bytes_sent_bound: Double, ratio: Double }
        for ranks in [2, 4] {
            let run = try bench(["--reduction", "--seconds", "0.1", "--json"], ranks: ranks)
            let reports = try run.standardOutput.split(separator: "\n").map {
                try JSONDecoder().decode(Report.self, from: Data($0.utf8))
            }
            XCTAssertEqual(reports.map(\.reduction_bytes), (12...26).map { 1 << $0 }, run.standardError)
            for report in reports where report.reduction_bytes >= 1 << 18 {
                XCTAssertEqual(
                    Double(report.bytes_sent), report.bytes_sent_bound, accuracy: 0.1 * report.bytes_sent_bound)
            }
            XCTAssertTrue(reports.allSatisfy { $0.ratio > 0 })
        }
        let alone = try bench(["--reduction"], ranks: nil)
        XCTAssertEqual(
            alone.standardError,
            "rnn-dist: error: --reduction: there is one rank, expected at least 2; start it under mpirun -n 2\n")
        XCTAssertEqual(alone.status, 64)
    }

    func testTheSizeOfMadeUpDataIsASetting() throws {
        let run = try bench(
            ["--workload", "ag-title-rnn16", "--examples", "20", "--vocabulary", "50", "--seconds", "0.05", "--json"],
            ranks: nil)
        XCTAssertEqual(run.status, 0, run.standardError)
        for (arguments, message) in [
            (["--examples", "0"], "--examples is 0, expected from 1 to 10000000"),
            (["--vocabulary", "2"], "--vocabulary is 2, expected from 3 to 10000000"),
            (
                ["--config", "c.yaml", "--examples", "5"],
                "--examples is about the data of workloads, expected --workload; a configuration has its own data"
            ),
            (
                ["--reduction", "--workload", "ag-rnn16"],
                "--reduction measures sums alone, so that --workload is of no use, expected one or the other"
            ),
            (
                ["--reduction", "--threads", "2"],
                "--reduction measures sums alone, so that --threads is of no use, expected one or the other"
            ),
        ] {
            let refused = try bench(arguments, ranks: nil)
            XCTAssertTrue(refused.standardError.contains(message), refused.standardError)
            XCTAssertEqual(refused.status, 64)
        }
    }

    func testAnUnknownWorkloadIsToldOnceWithTheNearestName() throws {
        for ranks in [nil, 2] as [Int?] {
            let run = try bench(["--workload", "lm-lstm660x2"], ranks: ranks)
            let lines = run.standardError.split(separator: "\n").filter { $0.hasPrefix("rnn-dist") }
            XCTAssertEqual(
                lines,
                ["rnn-dist: error: --workload: there is no workload 'lm-lstm660x2'; did you mean 'lm-lstm650x2'?"])
            XCTAssertEqual(run.status, 64)
        }
    }

    func testAConfigurationIsMeasuredAndWritesNothing() throws {
        let folder = try TemporaryFolder()
        let config = try folder.write(
            "c.yaml", "task: classify\ndata: {train: builtin:surnames}\noutput: \(folder.path)/run\n")
        let run = try bench(
            ["--config", config, "--seconds", "0.1", "--set", "training.shards=4", "--json"], ranks: nil)
        XCTAssertEqual(run.status, 0, run.standardError)
        XCTAssertTrue(run.standardOutput.contains("\"shards\": 4, \"batch_size\": 64"), run.standardOutput)
        XCTAssertFalse(FileManager.default.fileExists(atPath: folder.path + "/run"))
    }
}
