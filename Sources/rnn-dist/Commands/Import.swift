import ArgumentParser
import Configuration
import HDF5
import Interchange
import Kernels
import Reporting

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take over weights trained in PyTorch or Keras.",
        discussion: """
            rnn-dist import config.yaml --from model.safetensors --output runs/imported
            rnn-dist import config.yaml --from model.weights.h5 --vocabulary vocabulary.txt --output runs/imported
            rnn-dist train --from runs/imported --output runs/trained-on

            The configuration describes the model the weights belong to. The run's folder gets a checkpoint before the \
            first step, for predict, evaluate and train --from.
            """)

    @Argument(help: "YAML file; its data gives labels, and the vocabulary where there is no --vocabulary.",
        completion: .file(extensions: ["yaml"]))
    var config: String

    @Option(
        help: "Keras' .weights.h5 or .keras; PyTorch's .safetensors, or its state_dict in an .h5 file.",
        completion: .file())
    var from: String

    @Option(help: "Folder of the run, or a checkpoint to write (.h5); by default 'output' of the configuration.",
        completion: .file())
    var output: String?

    @Option(help: "The vocabulary's entries in order, one a line (Keras' get_vocabulary()), or a vocabulary.json.",
        completion: .file())
    var vocabulary: String?

    @Option(
        name: .customLong("rename"),
        help: "What a module is called in the file, e.g. --rename rnn=lstm --rename output=fc; may be repeated.")
    var renames: [String] = []

    @Option(name: .customLong("set"), help: "Override a key of the YAML file; may be repeated.")
    var overrides: [String] = []

    @Option(help: "Threads.")
    var threads = 1

    func validate() throws {
        try OptionRange.check("--threads", threads, OptionRange.threads)
        if let rename = renames.first(where: { $0.split(separator: "=").count != 2 }) {
            throw ValidationError("--rename is '\(rename)', expected NAME=NAME-IN-FILE")
        }
    }

    func run() throws {
        try runAlone {
            var configuration = try RunConfiguration.read(file: config, overrides: overrides)
            if let vocabulary { configuration.data.vocabulary.file = vocabulary }
            if let output, !ForeignFile.isNamed(output) { configuration.output = output }
            let renamed = renames.map { rename in
                let parts = rename.split(separator: "=").map(String.init)
                return (name: parts[0], inFile: parts[1])
            }
            let place = output ?? configuration.output
            try ImportedRun.check(output: place)
            let run = try ImportedRun(
                configuration, from: from, renamed: renamed, team: ThreadTeam(count: threads)
            ) { Terminal.write("\($0)\n", descriptor: 2) }
            print("wrote \(try run.write(to: place))")
        }
    }
}
