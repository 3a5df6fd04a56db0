import Foundation
import Reporting

/// How fast hosts are connected, as a user knows it: `10Gbit,50us`, or to be measured.
package enum NetworkSpeed: Equatable, Sendable {
    /// Bits a second of a host in each direction, and seconds a message is under way.
    case given(bits: Double, latency: Double)
    case measured

    package init?(argument: String) {
        if argument == "measured" {
            self = .measured
            return
        }
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2,
            let bits = Self.number(parts[0], [("kbit", 1e3), ("mbit", 1e6), ("gbit", 1e9)]),
            let latency = Self.number(parts[1], [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3)]),
            1e3...1e14 ~= bits, 0...10 ~= latency
        else { return nil }
        self = .given(bits: bits, latency: latency)
    }

    /// A number that ends in one of some units, whatever the case of their letters.
    private static func number(_ text: Substring, _ units: [(name: String, factor: Double)]) -> Double? {
        for unit in units where text.lowercased().hasSuffix(unit.name) {
            guard let value = Double(text.dropLast(unit.name.count)), value.isFinite else { return nil }
            return value * unit.factor
        }
        return nil
    }

    package var text: String {
        switch self {
        case .given(let bits, let latency):
            "\(Quantity.short(bits))bit/s and \(String(format: "%g", latency * 1e6)) µs"
        case .measured: "measured"
        }
    }
}
