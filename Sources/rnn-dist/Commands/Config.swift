import ArgumentParser
import Configuration

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a configuration with every default.",
        discussion: "rnn-dist config --set model.layers.0.cell=lstm > config.yaml")

    @Argument(help: "YAML file; without it the embedded surnames task.", completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(name: .customLong("set"), help: "Override a key; may be repeated.")
    var overrides: [String] = []

    func run() throws {
        try runAlone {
            let configuration = try config.map { try RunConfiguration.read(file: $0, overrides: overrides) }
                ?? RunConfiguration().applying(overrides)
            print(configuration.yaml(comments: true), terminator: "")
        }
    }
}
