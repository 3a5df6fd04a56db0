import ArgumentParser
import Configuration
import Foundation
import Kernels
import RecurrentNetworks
import Reporting
import Tasks
import Training

struct Summary: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the layers of a network with their shapes and parameters.",
        discussion: "rnn-dist summary Configs/surnames.yaml\nrnn-dist summary runs/surnames")

    @Argument(
        help: "A YAML file (its data is read, for the sizes of vocabulary and labels), a checkpoint, or a run's folder.",
        completion: .file()
    )
    var subject: String

    @Option(name: .customLong("set"), help: "Override a key of the YAML file; may be repeated.")
    var overrides: [String] = []

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        try runAlone {
            let team = ThreadTeam(count: 1)
            let task: any SequenceTask
            if subject.hasSuffix(".yaml") || subject.hasSuffix(".yml") {
                var configuration = try RunConfiguration.read(file: subject, overrides: overrides)
                configuration.room = HostMemory.now.room(
                    host: ProcessInfo.processInfo.hostName, ranks: 1, bytes: MemoryLayout<Float>.stride)
                task = try TaskRegistry.task(configuration).forTraining(configuration, team: team, artifacts: nil) {
                    _ in
                }
            } else {
                task = try LoadedModel(subject, team: team).task
            }
            let summary = LayerSummary(task.layers, task.parameters.layout)
            print(json ? summary.json.text + "\n" : summary.text, terminator: "")
        }
    }
}
