import Foundation
import TestSupport
import XCTest

/// What `rnn-dist doctor` says of this machine, under mpirun and alone.
final class DoctorTests: XCTestCase {
    private struct Report: Decodable {
        struct Line: Decodable {
            let subject: String, verdict: String, fact: String, advice: String?
        }
        struct Rank: Decodable {
            let rank: Int, host: String, threads: Int, cores: [Int], sums_right: Bool, gigaflops_per_core: Double
            let processor_level: String, built_level: String
        }
        let verdict: String, rank_count: Int, host_count: Int, findings: [Line], ranks: [Rank]

        func line(_ subject: String) throws -> Line { try XCTUnwrap(findings.first { $0.subject == subject }, subject) }
    }

    /// The machine of the tests may run under Slurm; a test says itself where it wants that.
    private func doctor(_ arguments: [String] = [], ranks: Int?, environment: [String: String] = [:]) throws -> MPIRun {
        let neutral = ["SLURM_NTASKS": "", "SLURM_STEP_NUM_TASKS": ""]
        return try MPIRun(
            "rnn-dist", ["doctor"] + arguments, ranks: ranks, environment: neutral.merging(environment) { $1 },
            timeLimit: 120)
    }

    private func report(ranks: Int?, environment: [String: String] = [:]) throws -> (Report, status: Int32) {
        let run = try doctor(["--json"], ranks: ranks, environment: environment)
        return (try JSONDecoder().decode(Report.self, from: Data(run.standardOutput.utf8)), run.status)
    }

    func testEveryRankIsExaminedAndAddsUp() throws {
        for ranks in [nil, 1, 2, 3] as [Int?] {
            let (report, status) = try report(ranks: ranks)
            XCTAssertEqual(status, 0)
            XCTAssertNotEqual(report.verdict, "broken")
            XCTAssertEqual(report.rank_count, ranks ?? 1)
            XCTAssertEqual(report.host_count, 1)
            XCTAssertEqual(report.ranks.map(\.rank), Array(0..<(ranks ?? 1)))
            XCTAssertTrue(report.ranks.allSatisfy { $0.sums_right && $0.gigaflops_per_core > 0 && $0.threads >= 1 })
            XCTAssertEqual(try report.line("sums").verdict, "good")
            let launch =
                ranks.map { $0 > 1 } == true
                ? "\(ranks ?? 1) ranks in one run" : "one rank; 'mpirun -n 2 rnn-dist …' starts two"
            XCTAssertEqual(try report.line("launch").fact, launch)
            for line in report.findings { XCTAssertEqual(line.advice == nil, line.verdict == "good", line.subject) }
        }
    }

    func testMoreRanksThanCoresAreOversubscribed() throws {
        let cores = try report(ranks: nil).0.ranks[0].cores.count
        let host = try report(ranks: cores + 1).0.line("host")
        XCTAssertEqual(host.verdict, "slow")
        XCTAssertTrue(host.fact.hasSuffix("; oversubscribed"), host.fact)
        XCTAssertEqual(
            host.advice,
            "start at most \(cores) rank\(cores == 1 ? "" : "s") here: ranks that take turns hold up all others")
    }

    func testTheJSONHasTheDocumentedKeys() throws {
        let run = try doctor(["--json"], ranks: 2)
        let json = try XCTUnwrap(
            try JSONSerialization.jsonObject(with: Data(run.standardOutput.utf8)) as? [String: Any])
        XCTAssertEqual(json.keys.sorted(), ["findings", "host_count", "rank_count", "ranks", "verdict"])
        let findings = try XCTUnwrap(json["findings"] as? [[String: Any]])
        for finding in findings { XCTAssertEqual(finding.keys.sorted(), ["advice", "fact", "subject", "verdict"]) }
        let ranks = try XCTUnwrap(json["ranks"] as? [[String: Any]])
        XCTAssertEqual(ranks.count, 2)
        let help = try doctor(["--help"], ranks: nil).standardOutput
        for rank in ranks {
            XCTAssertEqual(
                rank.keys.sorted(),
                [
                    "built_level", "core_limit", "cores", "gigaflops_per_core", "hdf5", "host",
                    "host_cores",
                    "host_name_known", "host_name_seconds", "memory_available_bytes", "memory_bytes",
                    "memory_limit_bytes", "mpi",
                    "open_file_limit", "processor", "processor_level", "rank", "rounding_set", "shared_memory_bytes",
                    "shared_memory_free_bytes", "sum_bytes", "sum_seconds", "sums_right", "threads",
                ])
            for key in rank.keys.sorted() { XCTAssertTrue(help.contains(key), key) }
        }
    }

    func testTextAndJSONSayTheSame() throws {
        let text = try doctor(ranks: 2).standardOutput
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        XCTAssertTrue(lines[0].hasPrefix("rnn-dist ") && lines[0].hasSuffix(": 2 ranks on 1 host"), lines[0])
        let (report, _) = try report(ranks: 2)
        let told = lines.dropFirst(2).filter { ["good", "slow", "brok"].contains($0.prefix(4)) }
        XCTAssertEqual(
            told.map { String($0.prefix(6)) },
            report.findings.map { $0.verdict.padding(toLength: 6, withPad: " ", startingAt: 0) })
        for (line, finding) in zip(told, report.findings) {
            XCTAssertTrue(line.dropFirst(8).hasPrefix(finding.subject + " "), line)
        }
    }

    func testSlurmTasksWithoutMPIAreBroken() throws {
        let run = try doctor(ranks: nil, environment: ["SLURM_NTASKS": "4"])
        XCTAssertEqual(run.status, 1)
        XCTAssertTrue(
            run.standardOutput.contains(
                "broken  launch         Slurm has 4 tasks (SLURM_NTASKS), MPI has one rank: separate runs, or idle tasks\n"
                    + "                       → start it with srun --mpi=pmix (see srun --mpi=list), or with mpirun inside the allocation\n"
            ),
            run.standardOutput)
        XCTAssertTrue(run.standardOutput.hasSuffix("\n1 thing is broken.\n"), run.standardOutput)
    }

    func testALauncherThatMPIDoesNotKnowIsBroken() throws {
        let (report, status) = try report(ranks: nil, environment: ["PMI_SIZE": "3"])
        XCTAssertEqual(status, 1)
        XCTAssertEqual(report.verdict, "broken")
        XCTAssertEqual(
            try report.line("launch").fact,
            "the launcher started 3 processes, and MPI has one rank in each: separate runs")
    }
}
