import ArgumentParser
import Diagnostics
import Foundation
import Kernels
import MessagePassing
import Training

/// Exit statuses besides 0.
enum ExitStatus {
    static let failed: Int32 = 1
    static let usage: Int32 = 64
    static let requeue: Int32 = 75
}

/// Runs a command that uses no MPI: errors become one message and an exit status.
func runAlone(_ body: () throws -> Void) throws {
    prepareProcess()
    do {
        try body()
        // What is printed waits in a buffer; a full disk may show only here.
        guard fflush(nil) == 0 else {
            throw Diagnostic("standard output", "cannot be written: \(String(cString: strerror(errno)))")
        }
    } catch let error as ExitCode { throw error } catch {
        complain("\(error)")
        throw ExitCode(status(of: error))
    }
}

/// Runs a command on all ranks: a failure that all ranks know of is told once; any other ends all of them.
///
/// - Parameter refusal: What is wrong with this rank's command line; no rank goes on then.
func runOnRanks(refusal: Diagnostic? = nil, _ body: (Communicator) throws -> Int32) throws {
    prepareProcess()
    let communicator: Communicator
    do { communicator = try Communicator() } catch {
        complain("\(error)")
        throw ExitCode(ExitStatus.failed)
    }
    // A library may have changed how this thread rounds.
    Processor.setFloatingPointEnvironment()
    do {
        try communicator.onAllRanks { if let refusal { throw refusal } }
        let status = try body(communicator)
        try communicator.finish()
        if status != 0 { throw ExitCode(status) }
    } catch let error as ExitCode {
        throw error
    } catch let failure as AgreedFailure {
        if communicator.rank == 0 { complain(failure.message) }
        try? communicator.barrier()
        try? communicator.finish()
        throw ExitCode(failure.category == .usage ? ExitStatus.usage : ExitStatus.failed)
    } catch {
        complain(communicator.size > 1 ? "rank \(communicator.rank): \(error)" : "\(error)")
        if communicator.size > 1 {
            waitUntilRead()
            Communicator.abort(status: status(of: error))
        }
        throw ExitCode(status(of: error))
    }
}

/// Ends all ranks from a thread that sees them hang, or this one where nothing else can be done.
func endRun(rank: Int, because message: String) {
    complain("rank \(rank): \(message)")
    waitUntilRead()
    // In a library that hangs itself the call may not come back.
    Thread.detachNewThread { Communicator.abort(status: ExitStatus.failed) }
    Thread.sleep(forTimeInterval: 2)
    _exit(ExitStatus.failed)
}

/// Gives the launcher a second to read what this rank said: an abort overtakes what it has not read.
private func waitUntilRead() {
    var unread: Int32 = 0
    for _ in 0..<100 where ioctl(STDERR_FILENO, UInt(FIONREAD), &unread) == 0 && unread > 0 { usleep(10_000) }
}

private func prepareProcess() {
    // A file that reaches the limit of sizes (`ulimit -f`) is a write that fails, with a message, not the end.
    signal(SIGXFSZ, SIG_IGN)
    Processor.setFloatingPointEnvironment()
    Processor.prepareMemory()
}

private func status(of error: any Error) -> Int32 {
    (error as? Diagnostic)?.category == .usage ? ExitStatus.usage : ExitStatus.failed
}

private func complain(_ message: String) { sayOnStandardError("rnn-dist: error: \(message)") }

/// A line that nobody can read is no reason to end a run, nor to end it otherwise.
func sayOnStandardError(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data("\(line)\n".utf8))
}
