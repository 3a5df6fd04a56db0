import Diagnostics
import Foundation
import TestSupport
import XCTest

/// A temporary folder in which the built program runs: data, configurations and runs of a test.
final class Workplace {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("rnn-dist-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws { try write(Data(text.utf8), to: name) }

    func write(_ data: Data, to name: String) throws {
        let url = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    func read(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path + "/" + name)) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    /// Names in a folder, sorted; none where there is no such folder.
    func list(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + name)) ?? []).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    /// Step of a run's newest checkpoint; 0: there is none.
    func newestCheckpoint(_ output: String) -> Int {
        list("\(output)/checkpoints").filter { $0.hasPrefix("step-") }.compactMap { Int($0.dropFirst(5).dropLast(3)) }
            .max() ?? 0
    }

    /// Runs `rnn-dist` to its end; nil ranks: without mpirun.
    @discardableResult
    func run(_ arguments: [String], ranks: Int? = nil, standardInput: String = "") throws -> MPIRun {
        try MPIRun("rnn-dist", arguments, ranks: ranks, standardInput: standardInput, folder: path, timeLimit: 120)
    }

    /// Runs `rnn-dist` by a shell's command line, in which the program is `"$0"` and its arguments `"$@"`.
    func run(sh line: String, _ arguments: [String]) throws -> MPIRun {
        try RunningProgram(["/bin/sh", "-c", line, MPIRun.builtProduct("rnn-dist")] + arguments, folder: path)
            .result(timeLimit: 120)
    }

    func start(_ arguments: [String], ranks: Int?) throws -> RunningProgram {
        try RunningProgram(MPIRun.command("rnn-dist", arguments, ranks: ranks), folder: path)
    }

    /// Trains to the end and returns the digest of the newest checkpoint, computed anew from the file.
    func digest(afterTraining arguments: [String], output: String, ranks: Int? = nil) throws -> String {
        let run = try run(["train"] + arguments + ["--output", output], ranks: ranks)
        guard run.status == 0 else {
            throw Diagnostic(
                "train \(arguments)", "ended with \(run.status) on \(ranks ?? 1) ranks: \(run.standardError)")
        }
        return try digest(output)
    }

    func digest(_ checkpoint: String) throws -> String {
        let run = try run(["digest", checkpoint])
        guard run.status == 0 else { throw Diagnostic(checkpoint, "has no digest: \(run.standardError)") }
        return run.standardOutput.trimmingCharacters(in: .newlines)
    }

    /// The objects of a run's `metrics.jsonl`; fails where a line is none.
    func metrics(_ output: String) throws -> [[String: Any]] {
        try read("\(output)/metrics.jsonl").split(separator: UInt8(ascii: "\n")).map { line in
            guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] else {
                throw Diagnostic("metrics.jsonl", "a line is no JSON object: \(String(decoding: line, as: UTF8.self))")
            }
            return object
        }
    }
}

extension MPIRun {
    /// The lines of standard error that are the program's own, not mpirun's; `HASH` for each SHA-256.
    var complaints: [String] {
        standardError.split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("rnn-dist: ") || $0.contains("Fatal error") || $0.contains("crashed") }
            .map { $0.replacingOccurrences(of: "[0-9a-f]{64}", with: "HASH", options: .regularExpression) }
    }
}
