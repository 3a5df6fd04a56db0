import ArgumentParser
import Diagnostics
import Reporting

extension RNNDist {
    /// Reads the command line and runs the command.
    ///
    /// The parser's own entry point would have every rank print the help, or what is wrong with the command line.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let status as ExitCode {
            exit(withError: status)
        } catch {
            guard let launcher = Launcher.current else { exit(withError: error) }
            guard exitCode(for: error).isSuccess else { exit(withError: refuse(message(for: error))) }
            exit(withError: launcher.rank == 0 ? error : ExitCode.success)
        }
    }

    /// Says on rank 0 what is wrong with a command line, and ends all ranks.
    ///
    /// mpirun ends the others when one rank has ended with an error, so nobody may before rank 0 has spoken.
    private static func refuse(_ message: String) -> ExitCode {
        let refusal = Diagnostic("command line", message, hint: "see rnn-dist --help", category: .usage)
        do { try runOnRanks(refusal: refusal) { _ in ExitStatus.usage } } catch let status as ExitCode {
            return status
        } catch {}
        return ExitCode(ExitStatus.usage)
    }
}
