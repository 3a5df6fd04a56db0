import Foundation
import Reporting

/// Whether a host knows its own name, which MPI asks for at every launch.
package struct HostNameFacts: Codable, Equatable, Sendable {
    package var name: String
    package var isKnown: Bool
    /// Seconds until the answer came.
    package var seconds: Double

    package init(name: String, isKnown: Bool, seconds: Double) {
        self.name = name
        self.isKnown = isKnown
        self.seconds = seconds
    }

    /// Asks on this host.
    ///
    /// The corresponding C functions are `gethostname` and `getaddrinfo`.
    init() {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        let name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let clock = ContinuousClock(), begin = clock.now
        var addresses: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, nil, &addresses)
        if let addresses { freeaddrinfo(addresses) }
        self.init(name: name, isKnown: status == 0, seconds: (clock.now - begin) / .seconds(1))
    }

    package var finding: Finding {
        let subject = "host name", time = Quantity.duration(seconds)
        let advice = "add '127.0.1.1 \(name)' to /etc/hosts: a launch of MPI asks for it, and may wait for seconds"
        if !isKnown { return .slow(subject, "the address of '\(name)' is not known (after \(time))", advice: advice) }
        if seconds > 0.5 { return .slow(subject, "finding the address of '\(name)' took \(time)", advice: advice) }
        return .good(subject, "the address of '\(name)' is known")
    }
}
