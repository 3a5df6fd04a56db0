import ArgumentParser
import MessagePassing

/// When ranks sum gradients; of no consequence for the sums.
struct OverlapOption: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help: """
            Sum gradients over the ranks while others are computed; by default between hosts, and where --threads \
            leaves a rank a core. Ranks sleep while they wait in such sums, those of --reduction, too.
            """)
    var overlap: Bool?

    /// Between hosts a sum takes time, but hardly a processor's; between ranks of one host it keeps a core busy.
    ///
    /// - Parameter cores: The rank's share of its host's.
    func overlaps(_ communicator: Communicator, threads: Int, cores: Int) -> Bool {
        overlap ?? (communicator.ranksOnThisHost.count < communicator.size || threads < cores)
    }
}
