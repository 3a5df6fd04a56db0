import Diagnostics
import Kernels
import MessagePassing

extension Links {
    /// Bytes of the exchanges that are measured: dense where libraries change their way of sending.
    private static let sizes = [8, 512, 2048, 4096, 8192, 16_384, 65_536, 1 << 18, 1 << 19, 1 << 20, 1 << 22, 1 << 24]
    /// What is left of a link's bits for content, besides the headers of Ethernet, IP and TCP: 1448 of 1538 bytes.
    private static let contentShare = 1448.0 / 1538
    /// Of a stated network: copies into the kernel and out of it.
    private static let assumedProcessorSecondsPerByte = 0.4e-9

    /// Looks at this machine's ranks; every rank calls it.
    ///
    /// - Parameters:
    ///   - ranksPerHost: Of the runs that are planned.
    ///   - network: nil: hosts are not connected, and none of the runs has more than one.
    ///   - asleep: Whether ranks sleep while they wait for messages between hosts.
    /// - Returns: The links, and whether that of a host's ranks was measured: where this rank has no neighbour, it is
    ///   an assumption that rests on the memory's speed.
    /// - Throws: `Diagnostic` where a network is to be measured that is not there.
    package static func measured(
        _ communicator: Communicator, ranksPerHost: Int, network: NetworkSpeed?, asleep: Bool = false
    ) throws -> (links: Links, isLocalMeasured: Bool) {
        let neighbours = communicator.ranksOnThisHost.count
        let counts = try communicator.allGather([neighbours]).map { $0[0] }
        // Neighbours have numbers that follow each other where launchers place them by cores.
        let pairs = communicator.ranksOnThisHost == Array(0..<neighbours).map { $0 + communicator.ranksOnThisHost[0] }
        let isPaired = try communicator.allGather([pairs ? 1 : 0]).allSatisfy { $0[0] == 1 }
        // Exchanges are with the rank whose number differs in the last bit.
        let partner = communicator.rank ^ 1
        let isNear = partner >= communicator.size || communicator.ranksOnThisHost.contains(partner)
        let areNear = try communicator.allGather([isNear ? 1 : 0]).allSatisfy { $0 == [1] }
        let hasNeighbours = areNear && isPaired && counts.allSatisfy { $0 >= 2 }
        let local: LinkSpeed
        if hasNeighbours {
            local = LinkSpeed(
                try sizes.map { ($0, try communicator.exchange(bytes: $0, distance: 1, seconds: 0.02).seconds) })
        } else {
            let speed = MachineSpeed.memoryBytes(team: ThreadTeam(count: 1), seconds: 0.05)
            // Each byte is written to memory that both share and read again, both ways.
            local = LinkSpeed(latency: 1e-6, bandwidth: speed / 4)
        }
        var links = Links(ranksPerHost: ranksPerHost, local: local, remote: nil, addition: .measured())
        switch network {
        case nil: break
        case .given(let bits, let latency):
            links.remote = LinkSpeed(latency: latency, bandwidth: bits / 8 * contentShare)
            links.processorSecondsPerByte = assumedProcessorSecondsPerByte
        case .measured:
            var distance = 1
            while 2 * distance < communicator.size { distance *= 2 }
            guard isPaired, counts[0] <= distance, counts.allSatisfy({ $0 == counts[0] }), communicator.size > 1 else {
                throw Diagnostic(
                    "--network measured", "there is nothing between hosts to measure",
                    expected: "ranks on several hosts, equally many on each",
                    hint: "start it there with mpirun, or say how fast the network is: --network 10Gbit,50us",
                    category: .usage)
            }
            communicator.sleepsWhileWaiting = asleep
            links.remote = LinkSpeed(
                try sizes.filter { $0 <= 1 << 22 }.map {
                    ($0, try communicator.exchange(bytes: $0, distance: distance, seconds: 0.1).seconds)
                })
            links.remoteSharers = counts[0]
            communicator.sleepsWhileWaiting = true
            let bytes = 1 << 20
            let asleep = try communicator.exchange(bytes: bytes, distance: distance, seconds: 0.1)
            communicator.sleepsWhileWaiting = false
            links.processorSecondsPerByte = asleep.processor / Double(bytes)
        }
        return (links, hasNeighbours)
    }
}
