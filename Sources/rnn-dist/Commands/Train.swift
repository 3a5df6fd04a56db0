import ArgumentParser
import Configuration
import Foundation
import HDF5
import Kernels
import MessagePassing
import Reporting
import Tasks
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a network.",
        discussion: """
            rnn-dist train                                      the embedded surnames
            mpirun -n 8 rnn-dist train config.yaml --resume     begin, or go on from the newest good checkpoint

            A run that goes on must have the configuration it began with, but for these keys:
            \(RunConfiguration.keysThatMayChange.joined(separator: ", ")).
            """)

    @Argument(
        help: "YAML file; without it the embedded surnames task, or the configuration of --from.",
        completion: .file(extensions: ["yaml"]))
    var config: String?

    @Option(help: "Folder of the run; overrides 'output' of the configuration.", completion: .directory)
    var output: String?

    @Flag(help: "Go on from the newest good checkpoint of the output folder; begin where there is none.")
    var resume = false

    @Option(help: "Go on from this checkpoint.", completion: .file())
    var from: String?

    @Option(
        name: .customLong("set"),
        help: "Override a key, e.g. --set training.optimizer.learning_rate=0.01; may be repeated.")
    var overrides: [String] = []

    @Option(help: "Threads of a rank; by default the cores it is bound to, or its share of the host's.")
    var threads: Int?

    @OptionGroup var overlap: OverlapOption

    @Option(help: "End the run where a rank does not go on for so many seconds, and say which; 0: never.")
    var watchdog = 600.0

    @Option(help: "Stop with a checkpoint (exit status 75) after so many minutes.")
    var maxMinutes: Double?

    @Option(
        help: "What rnn-dist plan --json has written: the log of each epoch says how its speed compares.",
        completion: .file(extensions: ["json"]))
    var plan: String?

    @Flag(help: "Begin even where the memory of a host seems too small.")
    var noMemoryCheck = false

    func validate() throws {
        try OptionRange.check("--threads", threads, OptionRange.threads)
        if !(watchdog == 0 || 1...86_400 ~= watchdog) {
            throw ValidationError("--watchdog is \(watchdog), expected 0, or 1 to 86400 seconds")
        }
        if let maxMinutes, !(maxMinutes > 0) {
            throw ValidationError("--max-minutes is \(maxMinutes), expected more than 0")
        }
        if resume && from != nil {
            throw ValidationError("--resume and --from exclude each other; give the one that names your checkpoint")
        }
    }

    func run() throws {
        StopRequest.listen()
        try runOnRanks { communicator in
            let outcome = try TrainingSession(self, communicator).run()
            if case .stopped = outcome { return ExitStatus.requeue }
            return 0
        }
    }
}
