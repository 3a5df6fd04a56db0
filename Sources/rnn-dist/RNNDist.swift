import ArgumentParser

@main
package struct RNNDist: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "rnn-dist",
        abstract: "Trains recurrent neural networks on CPUs, over MPI ranks, exactly.",
        discussion: """
            mpirun -n 8 rnn-dist train config.yaml    train on eight ranks
            rnn-dist train                            train on the embedded surnames
            rnn-dist predict runs/surnames Dvořák     say what a model thinks

            Exit status: 0 success, 1 the run failed, 64 wrong usage or configuration, 75 stopped early with a good \
            checkpoint (requeue).
            """,
        version: programVersion,
        subcommands: [
            Train.self, Evaluate.self, Predict.self, Generate.self, Summary.self, Digest.self, Config.self, Doctor.self,
            Bench.self, Plan.self, Check.self, Verify.self, Status.self, Report.self, Export.self, Import.self,
            ReadHDF5.self,
        ])

    package init() {}
}

let programVersion = "0.1.0"
