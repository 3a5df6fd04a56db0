import Diagnostics
import Foundation
import MessagePassing

/// Run under mpirun by MessagePassingTests: every rank checks what it receives, bit by bit, and rank 0 says so.
@main
enum TreeCheck {
    static func main() {
        do {
            let world = try Communicator()
            switch CommandLine.arguments.dropFirst().first ?? "" {
            case "sums": try checkSums(world)
            case "collectives": try checkCollectives(world)
            case "fail": try failOnOneRank(world)
            case "mismatch": try failOnLengths(world)
            case "shards": _ = try TreeReduction(world, shards: 4)
            default: throw Diagnostic("tree-check", "no check is named")
            }
            try world.barrier()
            try world.finish()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            Communicator.abort(status: 3)
            exit(3)
        }
    }

    static func require(_ condition: Bool, _ claim: @autoclosure () -> String) throws {
        guard condition else { throw Diagnostic("tree-check", "not so: \(claim())") }
    }

    static func report(_ world: Communicator, _ text: String) {
        if world.rank == 0 { print(text) }
    }

    /// One rank leaves with an error while the others wait for it.
    static func failOnOneRank(_ world: Communicator) throws {
        if world.rank == world.size - 1 { throw Diagnostic("rank \(world.rank)", "cannot go on") }
        try world.barrier()
    }

    /// Ranks that pass vectors of different lengths.
    static func failOnLengths(_ world: Communicator) throws {
        let reduction = try TreeReduction(world, shards: world.size)
        var values = [Float](repeating: 1, count: world.rank == 0 ? 10 : 9)
        try values.withUnsafeMutableBufferPointer {
            try reduction.allReduce([$0], present: [Bool](repeating: true, count: world.size), into: $0)
        }
    }
}
