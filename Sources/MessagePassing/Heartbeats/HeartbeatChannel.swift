import Diagnostics
import Glibc

/// Heartbeats between the ranks of a run, as UDP datagrams: they arrive while MPI calls hang, and nobody waits for
/// one that is lost.
///
/// Up to 64 ranks every rank tells every other; of more, each tells rank 0, and rank 0 tells each. After `init` calls
/// come from one thread, which need not be the one that calls MPI.
public final class HeartbeatChannel: @unchecked Sendable {
    private let rank: Int, ranks: Int
    /// Tells this run's datagrams from those of others.
    private let run: UInt64
    private let socket: Int32
    /// Where the other ranks listen: an address or several of each.
    private let peers: [[sockaddr_in]]

    /// Agrees with the other ranks on addresses; every rank calls it.
    ///
    /// - Throws: `Diagnostic` where the system refuses a socket.
    public init(_ communicator: Communicator) throws {
        (rank, ranks) = (communicator.rank, communicator.size)
        run = try communicator.broadcast(Self.draw(), from: 0).reduce(0) { $0 << 8 | UInt64($1) }
        let opened = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        socket = opened
        var own = Self.address(INADDR_ANY, port: 0)
        let port = opened < 0 ? nil : Self.bind(opened, to: &own)
        // A rank without a socket takes part: it is never heard of.
        let block = port.map { port in
            [UInt32(port)] + Self.ownAddresses()
        } ?? []
        let blocks = try communicator.allGather(block)
        let (rank, ranks) = (rank, ranks), neighbours = Set(communicator.ranksOnThisHost)
        peers = blocks.enumerated().map { peer, block in
            guard peer != rank, ranks <= Self.largestMesh || peer == 0 || rank == 0, let port = block.first else {
                return []
            }
            let addresses = neighbours.contains(peer) ? [INADDR_LOOPBACK.bigEndian] : Array(block.dropFirst())
            return addresses.map { Self.address($0, port: UInt16(truncatingIfNeeded: port)) }
        }
    }

    deinit { if socket >= 0 { close(socket) } }

    /// Ranks that this one tells, and hears of.
    public var watched: [Int] { peers.indices.filter { !peers[$0].isEmpty } }

    /// Tells the other ranks; a datagram that cannot leave is lost.
    public func send(_ heartbeat: Heartbeat) {
        let bytes = heartbeat.encoded(run: run)
        for var address in peers.joined() {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = sendto(
                        socket, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), $0,
                        socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    /// The next heartbeat that arrives within so many seconds.
    public func receive(within seconds: Double) -> Heartbeat? {
        var poller = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, socket < 0 ? 0 : 1, Int32(max(0, min(seconds, 3600)) * 1000)) > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Heartbeat.byteCount + 1)
        let count = recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count > 0 ? Heartbeat(bytes.prefix(count), run: run, ranks: ranks) : nil
    }

    private static let largestMesh = 64

    private static func draw() -> [UInt8] {
        var number = SystemRandomNumberGenerator()
        return (0..<8).map { _ in UInt8.random(in: 0...255, using: &number) }
    }

    private static func address(_ host: UInt32, port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = host
        return address
    }

    /// - Returns: The port that the system chose; nil: it refuses.
    private static func bind(_ socket: Int32, to address: inout sockaddr_in) -> UInt16? {
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        } ? address.sin_port.bigEndian : nil
    }

    /// IPv4 addresses of this host's interfaces, in network order.
    private static func ownAddresses() -> [UInt32] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: [UInt32] = [], next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, Int32(address.pointee.sa_family) == AF_INET,
                entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0, entry.ifa_flags & UInt32(IFF_UP) != 0
            else { continue }
            addresses.append(
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr.s_addr })
        }
        return addresses
    }
}
