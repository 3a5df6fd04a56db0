/// Command lines as documentation has them.
package enum CommandLineText {
    /// The words, with quotation marks as the shell has them.
    package static func words(of line: String) -> [String] {
        line.matches(of: /"([^"]*)"|'([^']*)'|[^\s"']+/).map { String($0.output.1 ?? $0.output.2 ?? $0.output.0) }
    }
}
