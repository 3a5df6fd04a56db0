import ArgumentParser
import Configuration
import Diagnostics
import Reporting

extension RNNDist {
    /// Reads the command line and runs the command.
    ///
    /// The parser's own entry point would have every rank print the help, or what is wrong with the command line.
    static func main() {
        do {
            var command = try parsed(Array(CommandLine.arguments.dropFirst()))
            try command.run()
        } catch let status as ExitCode {
            exit(withError: status)
        } catch {
            guard let launcher = Launcher.current else { exit(withError: error) }
            guard exitCode(for: error).isSuccess else { exit(withError: refuse(message(for: error))) }
            exit(withError: launcher.rank == 0 ? error : ExitCode.success)
        }
    }

    /// - Throws: `ValidationError` that says more than the parser where a command is misspelt, or a value's blanks have
    ///   made several words of it.
    package static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        let names = configuration.subcommands.map { $0._commandName }
        if let name = arguments.first, !name.hasPrefix("-"), !(names + ["help"]).contains(name) {
            let isFile = [".yaml", ".yml"].contains(where: name.hasSuffix)
            let nearest = isFile ? "train \(name)" : names.nearest(to: name)
            throw ValidationError(
                "'\(name)' is no command, " + (nearest.map { "did you mean '\($0)'?" } ?? "expected one of those of --help"))
        }
        do { return try parseAsRoot(arguments) } catch {
            let message = message(for: error)
            guard arguments.contains("--set"), message.contains("nexpected argument") else { throw error }
            throw ValidationError("\(message); a value with blanks belongs in quotes: --set 'KEY=VALUE'")
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
