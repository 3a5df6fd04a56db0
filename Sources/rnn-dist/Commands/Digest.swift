import ArgumentParser
import Kernels
import Reporting
import Training

struct Digest: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the digest of a checkpoint's state.",
        discussion: """
            rnn-dist digest runs/surnames

            SHA-256 over weights, optimizer state, position, vocabularies, schedule and stopping state: equal for \
            every number of ranks, threads and interruptions. It is computed anew and compared with the one stored.
            """)

    @Argument(help: "A checkpoint, or the folder of a run (its newest checkpoint).", completion: .file())
    var checkpoint: String

    @Flag(help: "One JSON object.")
    var json = false

    func run() throws {
        try runAlone {
            let model = try LoadedModel(checkpoint, team: ThreadTeam(count: 1))
            let digest = try model.checkedDigest()
            let object: JSONObject = [
                "checkpoint": .string(model.checkpoint.path), "step": .integer(model.checkpoint.step),
                "digest": .string(digest)
            ]
            print(json ? object.text : digest)
        }
    }
}
