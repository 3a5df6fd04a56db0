import ArgumentParser
import MessagePassing

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make steps of a run again, and say whether the bits are the same.",
        discussion: """
            rnn-dist verify runs/ag-news                     from one checkpoint to a later one
            mpirun -n 2 rnn-dist verify runs/ag-news --steps 2000 --json

            Begins at a checkpoint of the run, or at its beginning, makes its steps again up to a later checkpoint, \
            and compares the state's digest, and the receipt: program, data, kernels. Any number of ranks and threads \
            will do. The data are read where the run had them; nothing is written. Exit status 0: the same bits; 1: \
            others.

            --json: run, checkpoint, from_step, to_step, same, digest, expected_digest, differing_parts, \
            largest_weight_difference (null where the bits are the same); facts, each with name, then, now and same.
            """)

    @Argument(
        help: "The folder of a run, or one of its checkpoints: the one to be reached.", completion: .file())
    var subject: String

    @Option(help: "Make at most so many steps again.")
    var steps = 1000

    @Option(
        name: .customLong("set"), help: "Override a key that does not change the answer: data.train=moved.csv.")
    var overrides: [String] = []

    @Option(help: "Threads of a rank.")
    var threads = 1

    @Flag(help: "One JSON object.")
    var json = false

    func validate() throws {
        try OptionRange.check("--threads", threads, OptionRange.threads)
        try OptionRange.check("--steps", steps, 1...1_000_000_000)
    }

    func run() throws {
        try runOnRanks { communicator in
            try communicator.requireEqual([("--steps", "\(steps)"), ("--set", overrides.joined(separator: " "))])
            let verification = try VerifySession(self, communicator).run()
            if communicator.rank == 0 {
                print(json ? verification.json.text + "\n" : verification.text, terminator: "")
            }
            return verification.isSame ? 0 : ExitStatus.failed
        }
    }
}
