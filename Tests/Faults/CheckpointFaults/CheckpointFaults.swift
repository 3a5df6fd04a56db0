import Diagnostics
import Foundation
import TestSupport

/// Damages checkpoints and watches another process of this program read them:
///
///     checkpoint-faults [--count N] [--seed S] [--sealed] [--messages] CHECKPOINT...
///
/// With `--sealed` length and digest are made right again after each change, so that the reader behind them is tried.
/// Ends with status 1 where a changed file crashed or hung the reader, took a gibibyte, or was read to another state.
@main
enum CheckpointFaults {
    static func main() {
        do {
            let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
            if let numbers = arguments.worker {
                try Worker(arguments: arguments).run(numbers)
            } else if try !Watcher(arguments: arguments).run() { exit(1) }
        } catch {
            FileHandle.standardError.write(Data("checkpoint-faults: \(error)\n".utf8))
            exit(2)
        }
    }
}

struct Arguments {
    var count = 1000
    var seed: UInt64 = 0
    var sealsAgain = false
    var showsMessages = false
    /// The changes to try in this process; nil: it watches others.
    var worker: Range<Int>?
    var files: [String] = []

    init(_ words: [String]) throws {
        var words = words[...]
        func number<Number: FixedWidthInteger>(_ name: String) throws -> Number {
            guard let number = words.popFirst().flatMap({ Number($0) }) else {
                throw Diagnostic(name, "is not a number")
            }
            return number
        }
        while let word = words.popFirst() {
            switch word {
            case "--count": count = try number(word)
            case "--seed": seed = try number(word)
            case "--sealed": sealsAgain = true
            case "--messages": showsMessages = true
            case "--worker":
                let first: Int = try number(word)
                worker = first..<(try number(word))
            default: files.append(word)
            }
        }
        guard !files.isEmpty else { throw Diagnostic("command line", "names no checkpoint") }
    }
}

/// Has changes tried by other processes, which may crash or hang.
struct Watcher {
    let arguments: Arguments
    private static let batch = 500, secondsEach = 10

    /// - Returns: Whether all went well.
    func run() throws -> Bool {
        var counts: [Outcome: Int] = [:], messages: [String: Int] = [:]
        var next = 0
        while next < arguments.count {
            let end = min(next + Self.batch, arguments.count)
            let (lines, failure) = try tries(next..<end)
            for line in lines {
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                guard fields.count == 4, fields[0] == "\(next)", let outcome = Outcome(rawValue: fields[1]) else {
                    break
                }
                counts[outcome, default: 0] += 1
                let kind = fields[3].replacingOccurrences(
                    of: "[0-9a-f]{64}|[0-9]+|'[^']*'", with: "#", options: .regularExpression)
                messages[kind, default: 0] += 1
                if !outcome.isGood { print("\(next): \(outcome) (\(fields[2])) \(fields[3])") }
                next += 1
            }
            if next < end {
                let outcome = failure ?? .crash
                counts[outcome, default: 0] += 1
                print("\(next): \(outcome)")
                next += 1
            }
        }
        let summary = Outcome.allCases.map { "\(counts[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
        print("\(arguments.count) changes\(arguments.sealsAgain ? ", sealed again" : ""): \(summary)")
        if arguments.showsMessages {
            for (message, count) in messages.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
                print("\(count)\t\(message)")
            }
        }
        return counts.allSatisfy { $0.key.isGood || $0.value == 0 }
    }

    /// - Returns: What the process said, and how it failed.
    private func tries(_ numbers: Range<Int>) throws -> (lines: [Substring], failure: Outcome?) {
        let output = FileManager.default.temporaryDirectory
            .appendingPathComponent("checkpoint-faults-\(UUID()).txt").path
        defer { unlink(output) }
        var words = ["--worker", "\(numbers.lowerBound)", "\(numbers.upperBound)", "--seed", "\(arguments.seed)"]
        if arguments.sealsAgain { words.append("--sealed") }
        let program = try RunningProgram(
            ["/bin/sh", "-c", "exec \"$@\" >\(output) 2>&1", "sh", try MPIRun.builtProduct("checkpoint-faults")] + words
                + arguments.files)
        func size() -> off_t {
            var status = stat()
            return stat(output, &status) == 0 ? status.st_size : 0
        }
        // A line takes milliseconds; a process that says nothing for so long hangs.
        var failure: Outcome?
        var last = (size: off_t(-1), time: Date())
        while program.isRunning {
            // One that somebody has stopped does not hang.
            if last.size != size() || isStopped(program.processIdentifier) { last = (size(), Date()) }
            if Date().timeIntervalSince(last.time) > Double(Self.secondsEach) {
                program.kill()
                failure = .hang
            }
            usleep(20_000)
        }
        let text = try String(decoding: Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self)
        return (text.split(separator: "\n"), failure)
    }

    /// The state stands behind the name, which is in parentheses.
    private func isStopped(_ process: pid_t) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return status.contains(") T ")
    }
}
