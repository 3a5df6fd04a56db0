import Configuration
import Diagnostics
import Foundation

/// What `rnn-dist plan --json` said of a run's speed.
package struct PredictedSpeed: Equatable, Sendable {
    package var tokensPerSecond: Double
    /// Why the run need not be like that.
    package var remarks: [String] = []

    private struct Plan: Decodable {
        struct Run: Decodable {
            var ranks: Int
            var tokens_per_second: Double
        }
        var configuration_sha256: String
        var threads: Int
        var runs: [Run]
    }

    /// - Parameters:
    ///   - ranks: Of the run, and the threads of each.
    /// - Throws: `Diagnostic` (usage) where the file is no plan, or none of that number of ranks.
    package init(file: String, _ configuration: RunConfiguration, ranks: Int, threads: Int) throws {
        let isThere = FileManager.default.fileExists(atPath: file)
        // What is there may be dear to somebody.
        let hint = "write one with rnn-dist plan CONFIG --ranks \(ranks) --json > \(isThere ? "NEW-FILE" : file)"
        let plan: Plan
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            defer { try? handle.close() }
            plan = try JSONDecoder().decode(Plan.self, from: handle.read(upToCount: 1 << 20) ?? Data())
        } catch is DecodingError {
            throw Diagnostic(
                file, "is not a plan", expected: "what rnn-dist plan --json writes", hint: hint, category: .usage)
        } catch {
            throw Diagnostic(file, isThere ? "cannot be read" : "does not exist", hint: hint, category: .usage)
        }
        guard let run = plan.runs.first(where: { $0.ranks == ranks }), run.tokens_per_second > 0 else {
            let known = plan.runs.map { "\($0.ranks)" }.joined(separator: ", ")
            throw Diagnostic(
                file, "it plans no run of \(ranks.counted("rank"))", expected: known.isEmpty ? nil : "one of \(known)",
                hint: hint, category: .usage)
        }
        tokensPerSecond = run.tokens_per_second
        if plan.configuration_sha256 != configuration.planDigest {
            remarks.append("\(file) was made for another configuration")
        }
        if plan.threads != threads {
            remarks.append("\(file) was made for \(plan.threads.counted("thread")) a rank, and there are \(threads)")
        }
    }
}
