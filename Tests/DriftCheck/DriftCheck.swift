import Configuration
import Foundation
import Kernels
import MessagePassing
import Tasks
import Training

/// Run under mpirun by TrainingTests: trains, changes what one rank holds, and goes on.
///
///     drift-check (weights | moments | position) RANK FOLDER
@main
enum DriftCheck {
    static func main() {
        do {
            let world = try Communicator(), arguments = Array(CommandLine.arguments.dropFirst())
            Processor.setFloatingPointEnvironment()
            do {
                try trainOn(world, drifting: arguments[0], rank: Int(arguments[1]) ?? 0, folder: arguments[2])
                if world.rank == 0 { print("the replicas agree") }
            } catch let failure as AgreedFailure {
                // The name of the machine is another one everywhere.
                if world.rank == 0 { print(failure.message.replacingOccurrences(of: world.host, with: "HOST")) }
            }
            try world.finish()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            Communicator.abort(status: 3)
            exit(3)
        }
    }

    private static func trainOn(_ world: Communicator, drifting part: String, rank: Int, folder: String) throws {
        var configuration = RunConfiguration()
        configuration.model.layers[0].size = 6
        configuration.training.epochs = 1
        configuration.output = folder
        let team = ThreadTeam(count: 1)
        let task = try ClassificationTask.forTraining(configuration.resolved, team: team, artifacts: nil) { _ in }
        let trainer = try Trainer(
            configuration.resolved, task, from: nil, communicator: world, team: team, folder: RunFolder(folder),
            receipt: Checkpoint.Receipt(lines: []), maxMinutes: nil, observer: nil)
        _ = try trainer.measureSteps(seconds: 0, warmUp: 3)
        if world.rank == rank {
            switch part {
            case "weights": task.parameters.dense[3] += 1e-3
            case "moments": trainer.optimizer.denseMoments.second?[3] += 1e-3
            case "position": trainer.state.stepInEpoch += 1
            default: break
            }
        }
        _ = try trainer.run()
    }
}
