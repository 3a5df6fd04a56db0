import Diagnostics
import Foundation

/// A program that has been started: it can be watched, sent signals, killed with all its ranks, and waited for.
package final class RunningProgram {
    private let process = Process()
    private let words: [String]
    private let folder: URL
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - words: The program's path and its arguments.
    ///   - environment: Added to the test's own.
    ///   - standardInput: What the program reads.
    ///   - folder: Working directory; nil: the test's own.
    package init(
        _ words: [String], environment: [String: String] = [:], standardInput: Data = Data(),
        folder workingFolder: String? = nil
    ) throws {
        self.words = words
        process.executableURL = words.first.map { URL(fileURLWithPath: $0) }
        process.arguments = Array(words.dropFirst())
        process.environment = try Self.environmentAtStart()
            .merging(MPIRun.oneMachine) { $1 }.merging(environment) { $1 }
        if let workingFolder { process.currentDirectoryURL = URL(fileURLWithPath: workingFolder) }

        // Files instead of pipes: a full pipe would stop the program.
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("mpirun-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        for name in ["stdout", "stderr"] { try Data().write(to: folder.appendingPathComponent(name)) }
        process.standardOutput = try FileHandle(forWritingTo: folder.appendingPathComponent("stdout"))
        process.standardError = try FileHandle(forWritingTo: folder.appendingPathComponent("stderr"))
        let input = folder.appendingPathComponent("stdin")
        try standardInput.write(to: input)
        process.standardInput = try FileHandle(forReadingFrom: input)

        process.terminationHandler = { [ended] _ in ended.signal() }
        try process.run()
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The variables this process was started with. A test that has initialised MPI in this process has added some
    /// to `ProcessInfo`'s, and with them mpirun ends at once, with status 1 and no word.
    private static func environmentAtStart() throws -> [String: String] {
        let block = try Data(contentsOf: URL(fileURLWithPath: "/proc/self/environ"))
        let pairs = block.split(separator: 0).map {
            String(decoding: $0, as: UTF8.self).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        }
        return Dictionary(pairs.map { (String($0[0]), $0.count > 1 ? String($0[1]) : "") }) { $1 }
    }

    package var processIdentifier: pid_t { process.processIdentifier }

    package var isRunning: Bool { process.isRunning }

    /// Waits for the end.
    ///
    /// - Throws: `Diagnostic` where it takes longer than so many seconds; the program has been killed then.
    package func result(timeLimit: TimeInterval = 300) throws -> MPIRun {
        if ended.wait(timeout: .now() + timeLimit) == .timedOut {
            kill()
            throw Diagnostic(
                words.joined(separator: " "),
                "did not end within \(Int(timeLimit)) s; it said: \(try text("stdout"))\(try text("stderr"))")
        }
        ended.signal()
        return MPIRun(
            status: process.terminationStatus, standardOutput: try text("stdout"), standardError: try text("stderr"))
    }

    /// Waits until something holds that the program's files or output show.
    ///
    /// - Returns: False where the program ended first.
    package func wait(timeLimit: TimeInterval = 120, until condition: () -> Bool) throws -> Bool {
        let deadline = Date() + timeLimit
        while !condition() {
            guard process.isRunning else { return condition() }
            guard Date() < deadline else {
                kill()
                throw Diagnostic(
                    words.joined(separator: " "), "did not come to the awaited point within \(Int(timeLimit)) s")
            }
            usleep(500)  // Between two looks, so that the ranks get the core.
        }
        return true
    }

    package func send(_ signal: Int32) { _ = Foundation.kill(processIdentifier, signal) }

    /// Kills the program and all processes it started, as a power cut would: none gets to say or do anything more.
    package func kill() {
        // A stopped mpirun cannot end its ranks in a friendlier way meanwhile.
        send(SIGSTOP)
        let others = descendants
        for other in others { _ = Foundation.kill(other, SIGKILL) }
        send(SIGKILL)
        process.waitUntilExit()
        for other in others { while Self.parent(of: other) != nil { usleep(500) } }
    }

    /// The processes this one started, and theirs, by number.
    package var descendants: [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let parents = names.compactMap { pid_t($0) }.sorted().compactMap { id in
            Self.parent(of: id).map { (id: id, parent: $0) }
        }
        var found = [processIdentifier]
        for place in 0... {
            guard place < found.count else { break }
            found += parents.filter { $0.parent == found[place] }.map(\.id)
        }
        return Array(found.dropFirst())
    }

    /// Those of them that are ranks, by number.
    package func ranks(of product: String) -> [pid_t] {
        descendants.filter { (try? String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)) == "\(product)\n" }
    }

    /// Nil: there is no such process, or it has ended.
    private static func parent(of process: pid_t) -> pid_t? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let nameEnd = status.lastIndex(of: ")")
        else { return nil }
        // The fields after the name are state and parent.
        let fields = status[status.index(after: nameEnd)...].split(separator: " ")
        return fields[0] == "Z" ? nil : pid_t(fields[1])
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }
}
