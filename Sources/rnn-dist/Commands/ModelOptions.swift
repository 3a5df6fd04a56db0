import ArgumentParser
import Kernels
import Training

/// What every command that uses a trained model asks for.
struct ModelOptions: ParsableArguments {
    @Argument(help: "A checkpoint, or the folder of a run (its newest checkpoint).", completion: .file())
    var checkpoint: String

    @Option(help: "Threads.")
    var threads = 1

    func validate() throws {
        try OptionRange.check("--threads", threads, OptionRange.threads)
    }

    var team: ThreadTeam { ThreadTeam(count: threads) }

    func load() throws -> LoadedModel { try LoadedModel(checkpoint, team: team) }
}
