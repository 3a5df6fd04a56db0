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
        let commands = configuration.subcommands
        if let name = arguments.first, !name.hasPrefix("-"), name != "help",
            !commands.contains(where: { $0._commandName == name })
        {
            let isFile = [".yaml", ".yml"].contains(where: name.hasSuffix)
            let nearest = isFile
                ? "train \(name)"
                : commands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }.nearest(to: name)
            let advice = nearest.map { "did you mean '\($0)'?" } ?? "expected one of those of --help"
            throw ValidationError("'\(name)' is no command, \(advice)".withoutControls)
        }
        do { return try parseAsRoot(arguments) } catch {
            let message = message(for: error)
            guard message.contains("nexpected argument"), zip(arguments, arguments.dropFirst()).contains(where: isCut)
            else { throw error }
            throw ValidationError("\(message); a value with blanks belongs in quotes: --set 'KEY=VALUE'")
        }
    }

    /// Whether a list or mapping of YAML begins in an override and does not end there.
    private static func isCut(_ option: String, _ override: String) -> Bool {
        guard option == "--set", let value = override.split(separator: "=", maxSplits: 1).dropFirst().first,
            let first = value.first, "[{".contains(first)
        else { return false }
        return value.filter { "[{".contains($0) }.count > value.filter { "]}".contains($0) }.count
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
